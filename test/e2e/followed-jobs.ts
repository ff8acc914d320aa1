// A Spoor in a folder of its own for one test, and what it wrote about jobs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createSpoor,
  defineLogs,
  type Logs,
  type RecordStore,
  type Spoor,
  type StoredRecord,
  type TrackingMode,
} from 'spoor'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'

export type Line = Record<string, unknown>

export const WAITING = { timeout: 15_000, interval: 20 }

export interface Followed {
  readonly spoor: Spoor
  readonly logs: Logs<'work'>
  readonly directory: string
  /** The records of what was measured: everything, in mode `all`. */
  readonly kept: readonly StoredRecord[]
  textOf(file: string): Promise<string>
  linesOf(file: string): Promise<Line[]>
  /** The lines of attempts at jobs, once there are so many. */
  attempts(count: number): Promise<Line[]>
}

export function followJobs(mode: TrackingMode = 'all'): Followed {
  const directory = temporaryFolder()
  const kept: StoredRecord[] = []
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { work: { file: 'work.log', format: 'json', console: false }, requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode }, records: keepIn(kept) })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
  })
  const textOf = async (file: string): Promise<string> => {
    await logs.flush()
    return existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8') : ''
  }
  const linesOf = async (file: string): Promise<Line[]> => linesIn(await textOf(file))
  return { spoor, logs, directory, kept, textOf, linesOf, attempts: (count) => jobLines(linesOf, count) }
}

function jobLines(linesOf: Followed['linesOf'], count: number): Promise<Line[]> {
  return vi.waitFor(async () => {
    const lines = (await linesOf('requests.jsonl')).filter(({ kind }) => kind === 'job')
    if (lines.length < count) throw new Error(`${lines.length} of ${count} lines: ${JSON.stringify(lines)}`)
    return lines
  }, WAITING)
}

export function linesIn(text: string): Line[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
}

/** A store that keeps everything, in the order it came. */
function keepIn(kept: StoredRecord[]): RecordStore {
  return {
    put: (record) => void kept.push(record),
    update: () => {},
    get: () => undefined,
    list: () => ({ items: kept }),
    health: () => ({ records: kept.length, bytes: 0, maxBytes: 0, evicted: 0 }),
    close: () => {},
  }
}
