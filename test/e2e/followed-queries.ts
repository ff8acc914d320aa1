// Requests that send queries, each marked in its own text, and what Spoor says of them.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs, type Logs, type RequestEvent, type Spoor, type StoredRecord } from 'spoor'
import { expect } from 'vitest'

export interface FollowedQueries {
  readonly spoor: Spoor
  /** Runs `fn` as one piece of work with a record, and returns the record. An error of `fn` is in the record. */
  record(account: string, fn: () => unknown): Promise<StoredRecord>
  /** Runs `fn` for `count` requests at once, each with its number, and returns their records by number. */
  together(count: number, fn: (n: number) => unknown): Promise<StoredRecord[]>
  /** The lines of the logger `database`. */
  lines(): Promise<Record<string, unknown>[]>
  /** All lines of all files. */
  text(): Promise<string>
  close(): Promise<void>
}

/** Opens a Spoor that measures everything; `slowMs` is that of its option `queries`. */
export function followQueries(slowMs = 10_000): FollowedQueries {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-queries-'))
  const logs: Logs<'database'> = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { database: { file: 'database.log', format: 'json', console: false }, requests: { console: false } },
  })
  const spoor = createSpoor({
    service: 'queries',
    logs,
    tracking: { mode: 'all' },
    queries: { logger: 'database', slowMs },
  })
  const ended = new Map<string, StoredRecord>()
  const listener = (message: unknown): void => {
    const { record } = message as RequestEvent
    ended.set(record.requestId, record)
  }
  subscribe('spoor.request', listener)
  const read = async (file: string): Promise<string> => {
    await logs.flush()
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch {
      return ''
    }
  }
  const record = async (account: string, fn: () => unknown): Promise<StoredRecord> => {
    let id = ''
    await spoor
      .runChild(spoor.carry({ name: 'work' }), {}, async () => {
        id = spoor.context()?.requestId ?? ''
        spoor.identify({ account, user: 'test', roles: [] })
        await fn()
      })
      .catch(() => {})
    const found = ended.get(id)
    if (found === undefined) throw new Error('the work left no record')
    return found
  }
  return {
    spoor,
    record,
    together: (count, fn) => Promise.all(Array.from({ length: count }, (_, n) => record(`account-${n}`, () => fn(n)))),
    lines: async () => {
      const lines = (await read('database.log')).split('\n').filter(Boolean)
      return lines.map((line) => JSON.parse(line))
    },
    text: async () => (await Promise.all(['database.log', 'root.log', 'requests.jsonl'].map(read))).join('\n'),
    close: async () => {
      unsubscribe('spoor.request', listener)
      await spoor.close()
      await logs.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** The numbers that mark the texts of a record's queries: `r7` in `select 1 as r7`. */
export function marksIn({ queryKinds }: StoredRecord): string[] {
  return queryKinds.map(({ text }) => /\br\d+\b/.exec(text ?? '')?.[0] ?? `no mark in ${text}`)
}

/**
 * Fails unless each record has the queries of its own request only: `each` of them, all over.
 *
 * @param seen the account that each request saw where its client called it back
 */
export function expectOwnQueries(
  records: readonly StoredRecord[],
  each: number,
  seen: readonly (string | undefined)[] = [],
): void {
  expect(records.map(marksIn)).toEqual(records.map((_, n) => [`r${n}`]))
  expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => each))
  expect(openRuns(records)).toEqual([])
  expect(seen).toEqual(seen.map((_, n) => `account-${n}`))
}

/**
 * Fails unless each record has its own marked query, once, with its end. A library may also send settings over a new connection. They
 * belong to the request that opened it, and another connection may serve this request before they are over.
 */
export function expectOwnMarked(records: readonly StoredRecord[]): void {
  const found = records.map(({ queryKinds, queryRuns }) => {
    const marked = queryKinds.flatMap(({ text }, kind) => {
      const [mark] = /\br\d+\b/.exec(text ?? '') ?? []
      return mark === undefined ? [] : [{ mark, kind }]
    })
    return marked.map(({ mark, kind }) => {
      const runs = queryRuns.filter((run) => run.kind === kind)
      return { mark, ended: runs.map(({ durationMs }) => durationMs !== undefined) }
    })
  })
  expect(found).toEqual(records.map((_, n) => [{ mark: `r${n}`, ended: [true] }]))
}

/** The queries that no end was seen of. */
export function openRuns(records: readonly StoredRecord[]): unknown[] {
  return records.flatMap(({ queryRuns }) => queryRuns.filter(({ durationMs }) => durationMs === undefined))
}
