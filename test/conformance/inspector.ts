import type { Spoor, SpoorOptions } from 'spoor'
import { memoryRecords } from 'spoor'
import { openInspector } from '../../src/inspector/inspector.js'
import { createReading, type MeasuredBooks } from '../../src/reading/create-reading.js'
import type { HealthParts } from '../../src/reading/health.js'
import type { LiveRequest } from '../../src/reading/reading.js'
import { linesIn } from './lines.js'

type Options = Partial<SpoorOptions<'app'>>

/** `options` with a store, where there is an inspector to read from it. */
export function withRecords(options: Options = {}): Options {
  return options.inspector === undefined ? options : { records: memoryRecords(), ...options }
}

/** `spoor` with the inspector it is asked for. Until createSpoor opens one: what is open is read from the log files. */
export function withInspector(spoor: Spoor, directory: string, { inspector, records }: Options): Spoor {
  if (inspector === undefined || records === undefined) return spoor
  const reading = createReading({
    store: records,
    requestsFile: `${directory}/requests.jsonl`,
    live: () => openIn(directory),
    books: () => books,
    health,
  })
  return { ...spoor, inspector: openInspector({ ...inspector, lifecycle: spoor.lifecycle, reading }) }
}

/** What says that it began (the routes `/hang` and `/half` do) and has no request line. */
function openIn(directory: string): LiveRequest[] {
  const lines = linesIn(directory)
  const ended = new Set(lines.filter((line) => line['kind'] === 'request').map((line) => line.requestId))
  return lines
    .filter((line) => line.message === 'handler' && !ended.has(line.requestId))
    .map((line) => ({ ...line, id: line.requestId, kind: 'request', openMs: 1 }) as unknown as LiveRequest)
}

const books: MeasuredBooks = {
  since: '',
  measuredShare: 1,
  books: { requests: 1, jobs: 0, runs: 0, unattributed: 1, watching: 1 },
}

const health: HealthParts = {
  about: { service: 'conformance', spoor: '', startedAt: '' },
  tracking: () => ({ mode: 'all', open: 0, measuredShare: 1 }),
  failed: () => 0,
  context: () => ({ lost: 0, lostCalls: 0 }),
  outputs: () => [],
  files: [],
}
