// Records while ClickHouse is away, and what its parser cannot read. Left out, by name, where it is not installed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoredRecord } from 'spoor'
import { type ClickHouseClient, clickhouseRecords } from 'spoor/clickhouse'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ClickHouse } from '../../src/records/clickhouse/clickhouse-client.js'
import { ClickHouseRecords } from '../../src/records/clickhouse/record-store.js'
import { memoryStore } from '../../src/records/memory-store.js'
import { readAccess } from '../../src/records/read-access.js'
import { clientOf, hasChdb, rowsOf, startChdb, type TestClient } from '../chdb/chdb.js'
import { idAt, made } from '../records/made.js'
import { serveChdb } from './setup.js'

const all = readAccess('all', undefined)
const patience = { timeout: 60_000, interval: 200 }
const asClient = (client: TestClient): ClickHouseClient => client as unknown as ClickHouseClient

describe.skipIf(!hasChdb)('records in ClickHouse', () => {
  const served = serveChdb()

  async function opened() {
    const database = await served.database()
    const store = clickhouseRecords({ client: asClient(served.client), database })
    onTestFinished(async () => store.close())
    return { store, database }
  }

  test('are readable in their process while the server is away, and in all when it is back, each once', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'spoor-chrecords-'))
    let chdb = await startChdb({ dir })
    const client = clientOf(chdb)
    const store = clickhouseRecords({ client: asClient(client), database: 'away' })
    onTestFinished(async () => {
      await store.close()
      await client.close()
      await chdb.stop('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    })
    for (let n = 0; n < 100; n++) await store.put(made(n))
    expect((await store.list(all, {})).items).toHaveLength(50)
    await store.put(made(100))
    await chdb.stop('SIGKILL')
    for (let n = 101; n < 2_100; n++) await store.put(made(n, { account: n % 2 === 0 ? 'acme' : 'globex' }))
    await store.update(idAt(2_099), { late: { cpuMs: 3, untilMs: 900 } })
    expect(await store.get(all, idAt(2_099))).toEqual({
      ...made(2_099, { account: 'globex' }),
      late: { cpuMs: 3, untilMs: 900 },
    })
    expect(await store.get(readAccess('account', 'acme'), idAt(2_099))).toBeUndefined()
    await expect(store.health()).rejects.toThrow(/ECONN[^;]+; 2001 records wait in memory, 0 were given up/)
    chdb = await startChdb({ dir, port: chdb.port })
    await vi.waitFor(async () => expect(await store.health()).toMatchObject({ records: 2_100 }), patience)
    const other = clickhouseRecords({ client: asClient(client), database: 'away' })
    onTestFinished(async () => other.close())
    expect((await other.get(all, idAt(2_099)))?.late).toEqual({ cpuMs: 3, untilMs: 900 })
  })

  test('that exceed the bound while the server is away are given up, the first first, and counted', async () => {
    const client = clientOf({ url: 'http://127.0.0.1:9', user: 'spoor', password: 'hunter2' })
    onTestFinished(() => client.close())
    const store = new ClickHouseRecords({
      clickHouse: new ClickHouse(asClient(client)),
      schema: { database: 'nowhere', ttlDays: 0 },
      writing: { everyMs: 10, most: 100, maxBytes: 100_000, againMs: { first: 10_000, most: 10_000 } },
    })
    for (let n = 0; n < 500; n++) store.put(made(n))
    expect(await store.get(all, idAt(499))).toBeDefined()
    expect(await store.get(all, idAt(0))).toBeUndefined()
    const told = await store.health().then(String, String)
    expect(told).toMatch(/; \d+ records wait in memory, [1-9]\d* were given up/)
    expect(told).not.toContain('hunter2')
    await store.close()
  })

  test('take late figures also when the process has forgotten them', async () => {
    const { store, database } = await opened()
    const startedAt = new Date().toISOString()
    await store.put(made(1, { startedAt }))
    expect(await store.get(all, idAt(1))).toBeDefined()
    const later = clickhouseRecords({ client: asClient(served.client), database })
    onTestFinished(async () => later.close())
    await later.update(idAt(1), { late: { cpuMs: 1, untilMs: 2 }, error: { type: 'Error', message: 'late' } })
    expect(await later.get(all, idAt(1))).toEqual(
      made(1, { startedAt, late: { cpuMs: 1, untilMs: 2 }, error: { type: 'Error', message: 'late' } }),
    )
  })

  test('keep values that the server cannot read, and are found by the others', async () => {
    const { store } = await opened()
    const odd: Partial<StoredRecord> = {
      path: '/\ud83d',
      fields: { big: 2 ** 65, half: '\udc00', ok: 'yes' },
      user: 'mara',
    }
    await store.put(made(1, odd))
    await store.put(made(2, { user: 'ben' }))
    expect(await store.get(readAccess('account', 'acme'), idAt(1))).toEqual(made(1, odd))
    for (const filter of [{ user: 'mara' }, { fields: { ok: 'yes' } }, { fields: { big: String(2 ** 65) } }]) {
      expect((await store.list(all, filter)).items.map(({ id }) => id)).toEqual([idAt(1)])
    }
  })

  test('are found by a text in any case, also of letters whose small form depends on what follows', async () => {
    const { store } = await opened()
    const kept = memoryStore({ maxBytes: 2 ** 20, keepForMs: 3_600_000 }, () => 0)
    for (const [at, path] of ['/ΟΔΟΣ', '/ΟΔΟΣ/Α', '/ǅ', '/İ', '/STRASSE', '/100%_'].entries()) {
      await store.put(made(at, { path }))
      await kept.put(made(at, { path }))
    }
    for (const text of ['/οδος', '/οδοσ', '/ΟΔΟΣ', 'ǆ', 'İ', 'straße', 'strasse', '%', '0_', "'"]) {
      const [found, wanted] = [await store.list(all, { text }), await kept.list(all, { text })]
      expect(found.items, text).toEqual(wanted.items)
    }
  })

  test('are stored whatever bytes their revisions have', async () => {
    const { store } = await opened()
    // The revision of the third has two newlines, as one in 30 batches of 2,000 does.
    let ms = Date.now() + 60_000
    while ((ms * 1_000) % 65_536 !== 0x0a_08) ms++
    vi.useFakeTimers({ toFake: ['Date'], now: ms })
    onTestFinished(() => void vi.useRealTimers())
    for (let at = 0; at < 5; at++) await store.put(made(at))
    expect((await store.list(all, {})).items).toHaveLength(5)
    expect((await store.health()).records).toBe(5)
  })

  test('are found by fields that the service added', async () => {
    const { store } = await opened()
    const fields = {
      plan: 'pro',
      seats: 3,
      huge: 1.5e300,
      tiny: 1e-7,
      trial: false,
      none: null,
      list: [1],
      deep: { a: 1 },
    }
    await store.put(made(1, { fields }))
    await store.put(made(2, { fields: { plan: 'free' } }))
    const found = async (fields: Record<string, string>): Promise<string[]> =>
      (await store.list(all, { fields })).items.map(({ id }) => id)
    for (const one of [
      { plan: 'pro' },
      { seats: '3' },
      { huge: '1.5e+300' },
      { tiny: '1e-7' },
      { trial: 'false' },
      { none: 'null' },
      { plan: 'pro', seats: '3' },
    ]) {
      expect(await found(one)).toEqual([idAt(1)])
    }
    for (const one of [{ list: '1' }, { list: '[1]' }, { deep: '{"a":1}' }, { missing: '' }, { plan: 'pr' }])
      expect(await found(one)).toEqual([])
  })

  test('of machines whose clocks differ by seconds are listed by their starts, and the last row of each counts', async () => {
    const { store, database } = await opened()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000)
    await store.put(made(2_000))
    await store.get(all, idAt(2_000))
    vi.mocked(Date.now).mockReturnValue(Date.now() - 10_000)
    await store.put(made(1_000))
    await store.update(idAt(2_000), { late: { cpuMs: 9, untilMs: 1 } })
    const other = clickhouseRecords({ client: asClient(served.client), database })
    onTestFinished(async () => other.close())
    await store.get(all, idAt(1_000))
    const { items } = await other.list(all, {})
    expect(items.map(({ id, late }) => [id, late?.cpuMs])).toEqual([
      [idAt(2_000), 9],
      [idAt(1_000), undefined],
    ])
  })

  test('have a column for each member of the table of members', async () => {
    const { store, database } = await opened()
    await store.put(
      made(1, { queries: { calls: 3, ms: 4, busyMs: 4, slowestMs: 2, bySystem: {} }, counts: { images: 2 } }),
    )
    await store.get(all, idAt(1))
    const columns =
      'account, status, durationMs, cpu_ms, waits_outgoingMs, io_client_readBytes, queries_calls, logs_warnings, counts'
    expect(await rowsOf(served.client, `SELECT ${columns} FROM ${database}.spoor_records`)).toEqual([
      {
        account: 'acme',
        status: 201,
        durationMs: 812.123,
        cpu_ms: 14.021,
        waits_outgoingMs: 530.4,
        io_client_readBytes: 4198,
        queries_calls: 3,
        logs_warnings: 1,
        counts: { images: 2 },
      },
    ])
  })
})
