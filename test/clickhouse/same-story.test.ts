// One service writes the same lines to files and to ClickHouse: `spoor find ID` tells the same story from both, word for word.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs } from 'spoor'
import { type ClickHouseClient, clickhouseLines } from 'spoor/clickhouse'
import { spoorNode } from 'spoor/node'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { hasChdb, rowsOf } from '../chdb/chdb.js'
import { build, objects, spoor as run } from '../cli/command-line.js'
import { type Served, serveChdb } from './setup.js'

/** Lines of one millisecond that are sent in two batches have no order in ClickHouse, so each line of the test gets a millisecond of its own. */
async function nextMillisecond(): Promise<void> {
  const before = Date.now()
  while (Date.now() === before) await new Promise((resolve) => setImmediate(resolve))
}

/** A service that logs, calls itself, and runs a job. @returns sends a request, and gives the ids of it, its job and its trace */
async function service(served: Served, database: string, directory: string) {
  const client = served.client as unknown as ClickHouseClient
  const handlers = [clickhouseLines({ client, database, spill: false })]
  const both = { handlers, console: false as const }
  const logs = defineLogs({
    directory,
    root: { console: false },
    loggers: {
      requests: both,
      shop: { ...both, file: 'shop.log' },
      calls: { ...both, file: 'calls.log', format: 'verbose' },
    },
  })
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const spoor = createSpoor({
    service: 'shop',
    version: '1.0.0',
    logs,
    tracking: { mode: 'all' },
    outgoing: [{ host, logger: 'calls', propagate: true }],
  })
  const call = async (): Promise<void> => {
    await (await fetch(`http://${host}/hook`, { headers: { 'x-account': String(spoor.context()?.account) } })).text()
    await nextMillisecond()
  }
  const last = { job: '', trace: '' }
  const work = async (): Promise<void> => {
    logs.get('shop').warn({ items: [1, 2.5, null, { a: 'b' }], big: 2 ** 60 }, 'in the job')
    await nextMillisecond()
    await call()
    throw new Error('the printer is out of paper', { cause: new TypeError('no tray') })
  }
  server.on(
    'request',
    spoorNode(spoor, {
      account: ({ headers }) => ({ account: String(headers['x-account']), user: 'ada' }),
      handler: async ({ url }, response) => {
        if (url === '/hook') return void response.end('ok')
        spoor.add({ plan: 'pro' })
        spoor.count('posts', 2)
        logs.get('shop').info({ note: `it's {x:String} \\ "😀"`, at: 0.1 }, 'order\taccepted \u001b[31m')
        await nextMillisecond()
        await spoor.measure('notify', call)
        const carried = spoor.carry({ name: 'receipt' })
        last.job = carried.id
        last.trace = String(carried.traceparent).slice(3, 35)
        await spoor.runChild(carried, { attempt: 1, queuedMs: 3 }, work).catch(() => {})
        logs.get('shop').error(new Error('out of stock', { cause: new Error('no rows') }), 'not %s', 'sent')
        await nextMillisecond()
        if (url === '/fail') throw new Error('out of stock')
        response.end('ok')
      },
    }),
  )
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  return async (account: string, path: string) => {
    const response = await fetch(`http://${host}${path}`, { headers: { 'x-account': account } })
    await response.text()
    return { request: String(response.headers.get('x-request-id')), ...last }
  }
}

/** Resolves once the table has as many lines as the files. */
async function allStored(served: Served, database: string, directory: string): Promise<void> {
  const inFiles = (): number =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:log|jsonl)$/.test(entry.name))
      .reduce((sum, { name }) => sum + readFileSync(join(directory, name), 'utf8').split('\n').length - 1, 0)
  const query = `SELECT toString(count()) AS n FROM ${database}.otel_logs`
  await vi.waitFor(
    async () => {
      const [row] = await rowsOf<{ n: string }>(served.client, query)
      expect([inFiles() > 10, Number(row?.n)]).toEqual([true, inFiles()])
    },
    { timeout: 60_000, interval: 100 },
  )
}

describe.skipIf(!hasChdb)('spoor find', () => {
  const served = serveChdb()
  beforeAll(build, 600_000)

  test('tells the same story from files and from ClickHouse, word for word: lines, calls, jobs and what came back', async () => {
    const database = await served.database()
    const directory = mkdtempSync(join(tmpdir(), 'spoor-same-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const send = await service(served, database, directory)
    const ids = await send('acme', '/')
    const failed = await send('acme', '/fail')
    const foreign = await send('globex', '/')
    await allStored(served, database, directory)

    const fromClickHouse = ['--clickhouse', `http://spoor@127.0.0.1:${served.chdb.port}/${database}`]
    const env = { ...process.env, SPOOR_CLICKHOUSE_PASSWORD: served.chdb.password }
    // A line about late CPU comes up to two seconds after its request, and stands in the file before it is in the table.
    const told = (command: readonly string[]): Promise<string> =>
      vi.waitFor(() => toldOnce(command), { timeout: 20_000, interval: 500 })
    const toldOnce = async (command: readonly string[]): Promise<string> => {
      const [files, table] = await Promise.all([
        run(['find', ...command, '--dir', directory]),
        run(['find', ...command, ...fromClickHouse], { env }),
      ])
      expect([table.code, table.err]).toEqual([files.code, files.err])
      const [ofFiles, ofTable] = [files.out, table.out].map(command.includes('--json') ? withoutPlaces : words)
      expect(ofTable).toEqual(ofFiles)
      return files.out
    }
    for (const id of [ids.request, ids.job, ids.trace, failed.request, failed.job]) {
      for (const options of [[], ['--jobs'], ['--jobs', '--account', 'acme'], ['--md', '--jobs'], ['--json', '--jobs']])
        await told([id, ...options])
    }
    // What is compared is a whole story.
    const story = await told([ids.request, '--jobs'])
    for (const part of ['order\\taccepted', 'in the job', 'not sent', 'job receipt', 'came back', 'acme, ada'])
      expect(story).toContain(part)
    expect(story).toMatch(/calls +127\.0\.0\.1:\d+ {2}1 in /)
    expect(story).toMatch(/plan.*pro/)
    expect(await told([failed.request])).toContain('out of stock')
    // A reader of one account gets nothing of another from either.
    expect((await run(['find', foreign.request, '--account', 'acme', '--dir', directory])).code).toBe(1)
    expect((await run(['find', foreign.request, '--account', 'acme', ...fromClickHouse], { env })).code).toBe(1)
  })
})

/** A story as text, without the options of its commands, and without the row that says what was read and how long it took. */
function words(out: string): string {
  return (
    out
      // A command that does not fit stands in a row of its own.
      .replaceAll(/\n\s+(?=spoor find )/g, ' ')
      .replaceAll(/ --(?:dir|clickhouse) \S+/g, '')
      .replaceAll(/^( *\d+ lines?) from .*$/gm, '$1')
      .replaceAll(/^ *(?:complete|Complete|_complete)\b.*$/gm, '')
  )
}

function withoutPlaces(out: string): unknown {
  return objects(out).map(({ file, searched, completeness, ...one }) => one)
}
