// Which parts of a table a question reads. Left out, by name, where the engine is not installed.
import { describe, expect, test } from 'vitest'
import { clickhouseSource } from '../../src/reading/clickhouse/clickhouse-lines.js'
import { find } from '../../src/reading/find/find.js'
import { type ReadAccess, readAccess } from '../../src/records/read-access.js'
import { hasChdb, rowsOf, type TestClient } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'
import { bothOf, idAt, lineOf, requestLineOf, start } from './written.js'

const everything = readAccess('all', undefined)
const batches = 8

describe.skipIf(!hasChdb)('an index of otel_logs leads to', () => {
  const served = serveChdb()

  /** A table whose lines came in batches, each with a request of an account of its own. */
  async function written(): Promise<string> {
    const { database, write } = await bothOf(served)
    await served.client.command({ query: `SYSTEM STOP MERGES ${database}.otel_logs` })
    for (let n = 0; n < batches; n++) {
      const [id, account] = [idAt(start + n, n), `account-${n}`]
      const traceId = `4bf92f3577b34da6a3ce929d0e0e473${n}`
      const fields = { logs: { lines: 1, warnings: 0, errors: 0 }, fields: { basket: `b-${n}` } }
      await write([
        lineOf({ at: start + n, id, account, traceId, fields: { orderId: `o-${n}` } }),
        requestLineOf(id, start + n, 1, { account, traceId, fields }),
      ])
    }
    return database
  }

  /** The queries of what `ask` does. */
  async function queriesOf(database: string, ask: (source: ReturnType<typeof clickhouseSource>) => Promise<unknown>) {
    const asked: Parameters<TestClient['query']>[0][] = []
    const query = (of: Parameters<TestClient['query']>[0]) => {
      asked.push(of)
      return served.client.query(of)
    }
    await ask(clickhouseSource({ client: { ...served.client, query } as never, database }))
    return asked
  }

  /** How many of the batches a query reads. */
  async function readBy(
    { query, query_params }: { query: string; query_params?: Record<string, unknown> },
    settings = '',
  ) {
    const plan = await rowsOf<{ explain: string }>(
      served.client,
      `EXPLAIN indexes = 1 ${query}${settings}`,
      query_params ?? {},
    )
    const text = plan.map(({ explain }) => explain).join('\n')
    const last = [...text.matchAll(/Granules: (\d+)\/\d+/g)].at(-1)
    return text.includes('ReadNothing') ? 0 : Number(last?.[1] ?? batches)
  }

  type Source = ReturnType<typeof clickhouseSource>
  const page =
    (asked: Parameters<Source['page']>[1], access: ReadAccess = everything) =>
    (source: Source) =>
      source.page(access, asked)

  // Servers before 2026 use no index for an OR.
  const older = ' SETTINGS use_skip_indexes_for_disjunctions = 0'

  test.each([
    ['the story of a request', older, (source: Source) => find(source.search(everything), { id: idAt(start + 3, 3) })],
    [
      'the story of a trace',
      older,
      (source: Source) => find(source.search(everything), { id: '4bf92f3577b34da6a3ce929d0e0e4733' }),
    ],
    ['the page of a request', older, page({ requestId: idAt(start + 3, 3) })],
    ['the page of an account', older, page({ account: 'account-3' })],
    ['the page of a reader of one account', older, page({}, readAccess('account', 'account-3'))],
    ['the page of a field', '', page({ fields: { orderId: 'o-3' } })],
    ['the page of a field that the service added', '', page({ fields: { basket: 'b-3' } })],
  ])('%s', async (_, settings, ask) => {
    const database = await written()
    const asked = await queriesOf(database, ask)
    const read = await Promise.all(asked.map((one) => readBy(one, settings)))
    expect(asked.length).toBeGreaterThan(0)
    // The filters may be wrong about a batch. Without an index, all are read.
    expect(Math.max(...read)).toBeGreaterThan(0)
    expect(Math.max(...read)).toBeLessThan(batches / 2)
  })
})
