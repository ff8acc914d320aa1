import { basename } from 'node:path'
import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import type { RecordStore } from '../records/record-store.js'
import { lineTime, openLogFiles } from './log-files.js'
import type { Health, LogFileHealth } from './reading.js'
import { withinStoreTimeLimit } from './store-time-limit.js'

/** What a service and its parts say of themselves; each is asked anew every time. */
export interface HealthParts {
  readonly about: Pick<Health, 'service' | 'version' | 'spoor' | 'startedAt'>
  tracking(): Health['tracking']
  /** How often the store threw or rejected. */
  failed(): number
  context(): Health['context']
  outputs(): readonly OutputHealth[]
  /** The log files, without their backups. */
  readonly files: readonly string[]
}

/** Puts together whether all is well. A store that does not answer is what one wants to be told. */
export async function healthOf(parts: HealthParts, store: RecordStore, withinMs: number): Promise<Health> {
  const { about, files } = parts
  const [records, reach] = await Promise.all([
    withinStoreTimeLimit(store, withinMs, (one) => one.health()).catch((error: Error) => ({ error: error.message })),
    Promise.all(files.map(fileHealth)),
  ])
  return {
    ...about,
    node: process.version,
    pid: process.pid,
    tracking: parts.tracking(),
    records: { ...records, failed: parts.failed() },
    context: parts.context(),
    outputs: parts.outputs(),
    files: reach,
  }
}

const headBytes = 256

async function fileHealth(path: string): Promise<LogFileHealth> {
  let sum = 0
  let oldest: number | undefined
  for await (const { handle, bytes } of openLogFiles(path)) {
    sum += bytes
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    // Of the oldest file that says when it begins: they come newest first.
    oldest = lineTime(buffer.toString('latin1', 0, bytesRead)) ?? oldest
  }
  const file = { file: basename(path), bytes: sum }
  return oldest === undefined ? file : { ...file, oldest: new Date(oldest).toISOString() }
}
