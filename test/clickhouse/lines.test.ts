// Lines of a service in ClickHouse, while the server is there, and while it is not. Left out, by name, where it is not installed.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineLogs } from 'spoor'
import { type ClickHouseClient, clickhouseLines } from 'spoor/clickhouse'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { storage } from '../../src/context/storage.js'
import { type LineRow, lineColumns, lineOfRow } from '../../src/records/clickhouse/line-row.js'
import { clientOf, hasChdb, rowsOf, startChdb, type TestClient } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'

const patience = { timeout: 60_000, interval: 100 }

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-chlines-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const asClient = (client: TestClient): ClickHouseClient => client as unknown as ClickHouseClient

describe.skipIf(!hasChdb)('lines in ClickHouse', () => {
  const served = serveChdb()

  const linesIn = async (database: string, client = served.client, order = 'ASC'): Promise<string[]> => {
    const from = `FROM ${database}.otel_logs ORDER BY Timestamp ${order}`
    const rows = await rowsOf<LineRow>(client, `SELECT ${lineColumns} ${from}`)
    return rows.map(lineOfRow)
  }

  function logsTo(client: TestClient, database: string, spill: string | false, service?: string) {
    const seen: string[] = []
    const clickhouse = clickhouseLines({ client: asClient(client), database, spill, service })
    const file = {
      write: (lines: Buffer) => void seen.push(...lines.toString().trim().split('\n')),
      flush: async () => {},
      close: async () => {},
      format: 'json' as const,
    }
    const logs = defineLogs({
      files: false,
      console: false,
      loggers: { publish: { handlers: [clickhouse, file] }, requests: { handlers: [clickhouse, file] } },
    })
    onTestFinished(() => logs.close())
    return { logs, seen, clickhouse }
  }

  test('are the same as in a file, of every logger, and name the service', async () => {
    const database = await served.database()
    const { logs, seen } = logsTo(served.client, database, false, 'publisher')
    logs.get('publish').info({ postId: 42, note: 'é\n' }, 'published')
    logs.get('publish').error(new Error('no'), 'failed')
    logs.get('requests').info({ kind: 'request', status: 200, durationMs: 3, route: '/a' }, 'GET /a 200')
    await logs.flush()
    expect((await linesIn(database)).sort()).toEqual(seen.sort())
    expect(seen).toHaveLength(3)
    expect(await rowsOf(served.client, `SELECT DISTINCT ServiceName FROM ${database}.otel_logs`)).toEqual([
      { ServiceName: 'publisher' },
    ])
    expect(await rowsOf(served.client, `SELECT sum(requests) AS n FROM ${database}.spoor_totals`)).toEqual([{ n: 1 }])
  })

  test('of one millisecond keep their order, read from either end', async () => {
    const database = await served.database()
    const { logs, seen } = logsTo(served.client, database, false)
    for (let at = 0; at < 3_000; at++) logs.get('publish').info({ at }, 'one of many')
    await logs.flush()
    const times = seen.map((line) => line.slice(0, '{"time":"2026-11-30T10:00:00.000Z"'.length))
    expect(new Set(times).size).toBeLessThan(1_500)
    expect(await linesIn(database)).toEqual(seen)
    expect((await linesIn(database, served.client, 'DESC')).reverse()).toEqual(seen)
  })

  test('arrive without a call of flush', async () => {
    const database = await served.database()
    const { logs, seen } = logsTo(served.client, database, false)
    logs.get('publish').info('soon')
    await vi.waitFor(async () => expect(await linesIn(database)).toEqual(seen), patience)
  })

  test('wait while the server is killed under load, in files too, and all arrive once when it is back', async () => {
    const [dir, spill, database] = [temporaryFolder(), temporaryFolder(), 'away']
    let chdb = await startChdb({ dir })
    onTestFinished(() => chdb.stop('SIGKILL'))
    const client = clientOf(chdb)
    onTestFinished(() => client.close())
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { logs, seen } = logsTo(client, database, spill)
    let count = 0
    const some = (lines: number, text = ''): void => {
      for (let n = 0; n < lines; n++) logs.get('publish').info({ n: count++, text }, 'line')
    }
    for (let round = 0; round < 5; round++) {
      some(200)
      await logs.flush()
    }
    some(500)
    await new Promise(setImmediate)
    await chdb.stop('SIGKILL')
    // More than memory takes.
    for (let round = 0; round < 90; round++) {
      some(100, 'x'.repeat(2_000))
      await new Promise(setImmediate)
    }
    await logs.flush()
    const files = readdirSync(spill)
    expect(files.length).toBeGreaterThan(0)
    expect(statSync(join(spill, files[0] as string)).mode & 0o777).toBe(0o640)
    const health = logs.health().find(({ output }) => output === 'publish.handlers[0]')
    expect(health).toMatchObject({ error: expect.stringContaining('ECONNREFUSED'), lostLines: 0 })
    expect(health?.keptLines).toBeGreaterThanOrEqual(9_000)
    expect(health?.spilledBytes).toBeGreaterThan(1_000_000)
    chdb = await startChdb({ dir, port: chdb.port })
    const query = `SELECT count() AS lines, uniqExact(LogAttributes['n']) AS different FROM ${database}.otel_logs`
    const stored = async (): Promise<unknown[]> => rowsOf(client, query).catch(() => [])
    await vi.waitFor(async () => expect(await stored()).toEqual([{ lines: count, different: count }]), patience)
    expect(readdirSync(spill)).toEqual([])
    expect(logs.health()).toContainEqual({ output: 'publish.handlers[0]', keptLines: 0, lostLines: 0 })
    expect(seen).toHaveLength(count)
    expect(warned.mock.calls.filter(([message]) => String(message).includes('ClickHouse'))).toHaveLength(1)
  })

  test('of a process that ended while the server was away are sent by the next one, once', async () => {
    const [dir, spill, database] = [temporaryFolder(), temporaryFolder(), 'restarted']
    let chdb = await startChdb({ dir })
    onTestFinished(() => chdb.stop('SIGKILL'))
    const client = clientOf(chdb)
    onTestFinished(() => client.close())
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const first = logsTo(client, database, spill)
    first.logs.get('publish').info('before')
    await first.logs.flush()
    await chdb.stop('SIGKILL')
    first.logs.get('publish').info('meanwhile')
    await first.logs.close()
    expect(readdirSync(spill)).toHaveLength(1)
    chdb = await startChdb({ dir, port: chdb.port })
    const second = logsTo(client, database, spill)
    await vi.waitFor(() => expect(readdirSync(spill)).toEqual([]), patience)
    second.logs.get('publish').info('after')
    await second.logs.flush()
    expect(await linesIn(database, client)).toEqual([...first.seen, ...second.seen])
  })

  test('beyond all bounds go to the console and are counted', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const said = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    const client = clientOf({ url: 'http://127.0.0.1:9', user: 'spoor', password: 'x' })
    onTestFinished(() => client.close())
    const { logs } = logsTo(client, 'nowhere', false)
    for (let round = 0; round < 200; round++) {
      for (let n = 0; n < 100; n++) logs.get('publish').info({ text: 'x'.repeat(2_000) }, 'line')
      await new Promise(setImmediate)
    }
    const health = logs.health().find(({ output }) => output === 'publish.handlers[0]')
    expect(health?.error).toContain('no room to keep lines for ClickHouse')
    expect((health?.keptLines ?? 0) + (health?.lostLines ?? 0)).toBeGreaterThanOrEqual(20_000)
    expect(health?.lostLines).toBeGreaterThan(0)
    expect(said.mock.calls.some(([text]) => String(text).includes('cannot be written'))).toBe(true)
  })

  test('with a wrong password wait, and the password is in no warning and no health', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const client = clientOf({ ...served.chdb, password: 'hunter2-wrong' })
    onTestFinished(() => client.close())
    const { logs } = logsTo(client, await served.database(), false)
    logs.get('publish').info('kept')
    await logs.flush()
    const shown = JSON.stringify([warned.mock.calls, logs.health()])
    expect(shown).toContain('Authentication failed')
    expect(shown).not.toContain('hunter2')
    expect(logs.health()).toContainEqual(expect.objectContaining({ output: 'publish.handlers[0]', keptLines: 1 }))
  })

  test('for tables of a newer version are kept, and the reason is told', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const [database, spill] = [await served.database(), temporaryFolder()]
    const before = logsTo(served.client, database, false)
    before.logs.get('publish').info('old')
    await before.logs.flush()
    await served.client.command({ query: `INSERT INTO ${database}.spoor_schema (version) VALUES (99)` })
    const { logs } = logsTo(served.client, database, spill)
    logs.get('publish').info('kept')
    await logs.flush()
    expect(logs.health()).toContainEqual(
      expect.objectContaining({ error: expect.stringContaining('its tables have version 99'), keptLines: 1 }),
    )
    expect(await linesIn(database)).toEqual(before.seen)
    await logs.close()
    expect(readdirSync(spill)).toHaveLength(1)
  })

  test('whose insert was stored and whose answer was lost are not stored twice', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const database = await served.database()
    const client = asClient(served.client)
    let inserts = 0
    // The server's answer cannot be lost on purpose behind a real insert.
    const losing: ClickHouseClient = {
      query: (of) => client.query(of),
      command: (of) => client.command(of),
      exec: async (of) => {
        const answer = await client.exec(of)
        if (++inserts === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
        return answer
      },
    }
    const handler = clickhouseLines({ client: losing, database, spill: false })
    const line = (n: number): string =>
      `{"time":"${new Date().toISOString()}","level":"info","logger":"a","n":${n},"message":"m"}`
    const lines = [line(1), line(2)]
    handler.write(Buffer.from(`${lines[0]}\n`), 1)
    await handler.flush()
    expect(handler.waiting).toMatchObject({ lines: 1 })
    handler.write(Buffer.from(`${lines[1]}\n`), 1)
    await vi.waitFor(() => expect(handler.waiting).toEqual({ lines: 0, spilledBytes: 0, error: undefined }), patience)
    expect((await linesIn(database)).sort()).toEqual(lines.sort())
    await handler.close()
  })

  test('are sent outside of any request', async () => {
    const database = await served.database()
    const contexts: unknown[] = []
    const client = asClient(served.client)
    const spied: ClickHouseClient = {
      query: (of) => client.query(of),
      command: (of) => client.command(of),
      exec: (of) => {
        contexts.push(storage.getStore())
        return client.exec(of)
      },
    }
    const handler = clickhouseLines({ client: spied, database, spill: false })
    storage.run({ requestId: 'r' } as never, () =>
      handler.write(Buffer.from('{"time":"2026-11-24T07:26:20.123Z","level":"info","logger":"a","message":"m"}\n'), 1),
    )
    await vi.waitFor(() => expect(contexts).toEqual([undefined]), patience)
    await handler.close()
  })
})
