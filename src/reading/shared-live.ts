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

const none: OtherProcesses = { processes: [], items: [] }

/**
 * Asks the store what is open in the other processes. A store without `live` knows no others, and neither does one that fails: then
 * this process is shown alone, and its health says that the store fails.
 */
export async function otherProcesses(
  store: RecordStore,
  ask: <T>(ask: (store: RecordStore) => T | Promise<T>) => Promise<T>,
  access: ReadAccess,
  ownInstance: string,
): Promise<OtherProcesses> {
  const { live } = store
  if (live === undefined) return none
  try {
    const { processes, items } = await ask(() => live.list(access))
    const others = processes.filter(({ instance }) => instance !== ownInstance)
    const lost = new Map(others.filter(isLost).map(({ instance, silentMs }) => [instance, silentMs]))
    return {
      processes: others.map(processSeen),
      items: items
        .filter(({ instance }) => instance !== ownInstance)
        .map((one) => lostIn(one, lost.get(one.instance ?? ''))),
    }
  } catch {
    return none
  }
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
