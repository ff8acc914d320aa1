import type { LiveRequest } from '../records/live-request.js'
import { processOf } from '../records/process-name.js'
import type { ReadAccess } from '../records/read-access.js'
import type { RecordStore } from '../records/record-store.js'
import type { KnownProcess } from '../records/shared-store.js'
import type { ProcessSeen } from './session.js'

/**
 * A process beats every second. One that is silent for so long is lost: together with a beat and the reader's next question, that is
 * said within 10 s.
 */
const lostAfterMs = 8_000

/** What is open in the other processes of the service, and which they are. */
export interface OtherProcesses {
  readonly processes: readonly ProcessSeen[]
  readonly items: readonly LiveRequest[]
}

/** What tells a process from others. */
interface Named {
  readonly instance?: string | undefined
  readonly run?: string | undefined
}

const none: OtherProcesses = { processes: [], items: [] }

/**
 * Asks the store what is open in the other processes. A store without `live` knows no others, and neither does one that fails: then
 * this process is shown alone, and its health says that the store fails.
 */
export async function otherProcesses(
  store: RecordStore,
  ask: <T>(ask: (store: RecordStore) => T | Promise<T>) => Promise<T>,
  access: ReadAccess,
  own: Named,
): Promise<OtherProcesses> {
  const { live } = store
  if (live === undefined) return none
  try {
    const { processes, items } = await ask(() => live.list(access))
    const lost = new Map(processes.filter(isLost).map((one) => [nameOf(one), one.silentMs]))
    return {
      processes: shownOf(processes, own).map(processSeen),
      items: items
        .filter((one) => !isOwn(one, own))
        .map(({ run, ...one }) => lostIn(one, lost.get(nameOf({ ...one, run })))),
    }
  } catch {
    return none
  }
}

function isOwn({ instance, run }: Named, own: Named): boolean {
  return run === undefined || own.run === undefined ? instance === own.instance : run === own.run
}

function nameOf({ instance, run }: Named): string {
  return run ?? instance ?? ''
}

/** Of processes of one name, a list shows one: the process that answers, or the one that was heard last. */
function shownOf(processes: readonly KnownProcess[], own: Named): KnownProcess[] {
  const bySilence = [...processes].sort((a, b) => b.silentMs - a.silentMs)
  const heardLast = new Map(bySilence.map((one) => [one.instance, one]))
  return processes.filter((one) => heardLast.get(one.instance) === one && one.instance !== own.instance)
}

/** What is open in a lost process was open until its last sign of life. What became of it is not known. */
function lostIn(request: LiveRequest, silentMs: number | undefined): LiveRequest {
  if (silentMs === undefined) return request
  return { ...request, isLost: true, openMs: Math.max(0, request.openMs - silentMs) }
}

function isLost({ silentMs }: KnownProcess): boolean {
  return silentMs >= lostAfterMs
}

function processSeen(process: KnownProcess): ProcessSeen {
  const { instance, silentMs } = process
  return {
    instance,
    host: '',
    pid: 0,
    ...processOf(instance),
    lastHeardAt: new Date(Date.now() - silentMs).toISOString(),
    ...(isLost(process) ? { isLost: true } : {}),
  }
}
