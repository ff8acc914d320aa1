import { basename } from 'node:path'
import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import type { RecordStore } from '../records/record-store.js'
import { openLogFiles } from './files/log-files.js'
import { healthSummary, troublesOf } from './health-troubles.js'
import { lineTime } from './line-time.js'
import type { Health, LogFileHealth } from './reading.js'
import { withinStoreTimeLimit } from './store-time-limit.js'

/** The parts that report their state. Every call asks them again. */
export interface HealthParts {
  readonly about: Pick<Health, 'service' | 'version' | 'spoor' | 'startedAt'>
  tracking(): Health['tracking']
  /** How often the store threw or rejected. */
  failed(): number
  context(): Health['context']
  queries(): Health['queries']
  /** The thread pool, the garbage collector and the event loop. */
  thread(): Pick<Health, 'threadPool' | 'gc' | 'loop'>
  outputs(): readonly OutputHealth[]
  /** Frameworks, drivers and queues; absent where they are not looked for. */
  found?(): Promise<Health['found']>
  /** Samples of the process; absent if none are taken. */
  vitals?(): Health['vitals']
  /** The log files, without their backups. */
  readonly files: readonly string[]
}

/** Collects the state of Spoor. A store that fails or does not answer is reported, not thrown. */
export async function healthOf(parts: HealthParts, store: RecordStore, withinMs: number): Promise<Health> {
  const { about, files } = parts
  const [records, reach, found] = await Promise.all([
    withinStoreTimeLimit(store, withinMs, (one) => one.health()).catch((error: Error) => ({ error: error.message })),
    Promise.all(files.map(fileHealth)),
    parts.found?.(),
  ])
  const facts = {
    ...about,
    node: process.version,
    pid: process.pid,
    tracking: parts.tracking(),
    records: { ...records, failed: parts.failed() },
    context: parts.context(),
    queries: parts.queries(),
    vitals: parts.vitals?.(),
    ...parts.thread(),
    outputs: parts.outputs(),
    files: reach,
    found,
  }
  const troubles = troublesOf(facts)
  return { summary: healthSummary(troubles), troubles, ...facts }
}

const headBytes = 256

async function fileHealth(path: string): Promise<LogFileHealth> {
  let sum = 0
  let oldest: number | undefined
  for await (const { handle, bytes } of openLogFiles(path)) {
    sum += bytes
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    // Files come newest first, so the last time found is the oldest.
    oldest = lineTime(buffer.toString('latin1', 0, bytesRead)) ?? oldest
  }
  const file = { file: basename(path), bytes: sum }
  return oldest === undefined ? file : { ...file, oldest: new Date(oldest).toISOString() }
}
