import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs, type Logs, memoryRecords, type Spoor, type SpoorOptions } from 'spoor'
import { spoorNode } from 'spoor/node'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runProgram } from '../../test/programs/program.js'
import { readAccess } from '../records/read-access.js'

const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
const until = (condition: () => boolean): Promise<boolean> => vi.waitUntil(condition, { timeout: 25_000, interval: 10 })

interface Sent {
  readonly type: string
  readonly timestamp: string
  readonly data: {
    readonly service: string
    readonly version?: string
    readonly instance: string
    readonly kind: string
    readonly account?: string
    readonly requestId?: string
    readonly sentence: string
    readonly figures?: Record<string, unknown>
  }
}

let directory: string
let logs: Logs<'other'>
let spoor: Spoor
let sent: Sent[]
let receivedHeaders: IncomingMessage['headers'][]
let servers: Server[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-'))
  logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log', format: 'json' },
    loggers: { other: { file: 'other.log', console: false }, requests: { console: false } },
  })
  sent = []
  receivedHeaders = []
  servers = []
})

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true, force: true })
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A receiver that takes only webhooks which the package verifies. */
function receiver(): Promise<string> {
  const hook = new Webhook(secret)
  return listen(
    createServer(async (request, response) => {
      sent.push(hook.verify(await textOf(request), request.headers as Record<string, string>) as Sent)
      receivedHeaders.push(request.headers)
      response.writeHead(204).end()
    }),
  )
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** A service whose account is the header `x-account`, and whose path `/fail/…` fails. */
async function service(options: Partial<SpoorOptions<'other'>>): Promise<string> {
  spoor = createSpoor({ service: 'publisher', version: '1.0.0', logs, ...options })
  const account = ({ headers }: IncomingMessage) => ({ account: String(headers['x-account']), roles: ['admin'] })
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.startsWith('/fail')) throw new Error('the secret of the caller: hunter2')
    response.end('ok')
  }
  const server = createServer(spoorNode(spoor, { account, handler }))
  spoor.attach(server)
  return listen(server)
}

async function get(url: string, account: string): Promise<number | undefined> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers: { 'x-account': account } }, resolve)
      .on('error', reject)
      .end()
  })
  await textOf(response)
  return response.statusCode
}

async function times(count: number, url: string, account: string): Promise<void> {
  for (let at = 0; at < count; at++) await get(url, account)
}

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  await logs.flush()
  if (!existsSync(join(directory, file))) return []
  const lines = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function messages(): Promise<string[]> {
  return (await linesOf('root.log')).map(({ message }) => String(message))
}

describe('an error burst', () => {
  test('sends one webhook with the account, the request to start from and a sentence, and no value of a request', async () => {
    const origin = await service({ alerts: { url: await receiver(), secret } })
    await times(15, `${origin}/fail/hidden-path?token=hidden`, 'acme')
    await until(() => sent.length === 1)
    const lines = await linesOf('root.log')
    const ids = lines.map(({ requestId }) => requestId)
    expect(sent[0]).toEqual({
      type: 'errors',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      data: {
        service: 'publisher',
        version: '1.0.0',
        instance: expect.stringMatching(new RegExp(`^.+:${process.pid}$`)),
        kind: 'errors',
        account: 'acme',
        requestId: ids[9],
        sentence: '10 of 10 requests of acme failed in the last minute (100 %)',
        figures: { failed: 10, ended: 10, spanMs: 60_000 },
      },
    })
    expect(JSON.stringify(sent)).not.toMatch(/hidden|hunter2/)
    await spoor.close()
    expect(sent).toHaveLength(1)
    expect((await messages()).filter((message) => message.startsWith('alert'))).toEqual([
      'alert: 10 of 10 requests of acme failed in the last minute (100 %)',
      'alerts: 5 suppressed (errors 5): at most one for each kind and account is sent in 600 s (alerts.everyMs)',
    ])
  })

  test('is sent in no context: no id of a request goes along, the call is in no record, and other tracers see none', async () => {
    const url = await receiver()
    const store = memoryRecords({})
    const tracer = new AsyncLocalStorage<string>()
    const origin = await service({
      alerts: { url, secret },
      records: store,
      tracking: { mode: 'all' },
      outgoing: [{ host: new URL(url).host, propagate: true, logger: 'other' }],
    })
    const spans: unknown[] = []
    const note = (message: unknown): void => {
      const { request } = message as { request: ClientRequest }
      if (request.method === 'POST') spans.push(tracer.getStore())
    }
    subscribe('http.client.request.start', note)
    await times(9, `${origin}/fail`, 'acme')
    const carried = spoor.run({ account: 'acme' }, () => spoor.carry())
    const fail = (): void => {
      throw new Error('it fails')
    }
    expect(() => tracer.run('a span', () => spoor.runChild(carried, { attempt: 1 }, fail))).toThrow('it fails')
    await until(() => sent.length === 1)
    unsubscribe('http.client.request.start', note)
    expect(spans).toEqual([undefined])
    const [record] = (await store.list(readAccess('all', undefined), {})).items
    expect(record).not.toHaveProperty('io.outgoing', expect.anything())
    expect(receivedHeaders[0]).not.toHaveProperty('x-request-id')
    expect(receivedHeaders[0]).not.toHaveProperty('traceparent')
    expect(readFileSync(join(directory, 'root.log'), 'utf8')).not.toContain(secret)
    const line = (await linesOf('root.log')).find(({ message }) => String(message).startsWith('alert: '))
    expect(line).not.toHaveProperty('requestId')
    expect(line?.['alert']).toMatchObject({ kind: 'errors', account: 'acme' })
  })

  test('sends nothing if its kind is not on', async () => {
    const origin = await service({ alerts: { url: await receiver(), secret, on: ['budget'] } })
    await times(12, `${origin}/fail`, 'acme')
    await spoor.close()
    expect(sent).toEqual([])
  })

  test('reported to the service itself, which fails on it, ends: one alert, tried again, and no alert about it', async () => {
    let tries = 0
    const own = createServer()
    const origin = await listen(own)
    spoor = createSpoor({ service: 'publisher', logs, alerts: { url: `${origin}/fail`, secret } })
    spoor.attach(own)
    const handler = ({ method }: IncomingMessage): void => {
      if (method === 'POST') tries++
      throw new Error('it always fails')
    }
    own.on('request', spoorNode(spoor, { account: () => null, handler }))
    await times(30, `${origin}/`, 'acme')
    await until(() => tries === 2)
    await spoor.close()
    // If the second try is open, close waits for it. If the third one waits, close makes it.
    expect([2, 3]).toContain(tries)
    const failing = (await messages()).filter((message) => message.includes('could not be sent'))
    expect(failing).toEqual([
      `alerts: an alert could not be sent to ${origin}: it answered 500; it is tried again, five times in five minutes`,
      `alerts: an alert could not be sent to ${origin}: it answered 500; the alert is lost`,
    ])
  })
})

test('nothing is sent without the option, and no response waits for a receiver that hangs', async () => {
  const hanging = await listen(createServer(() => {}))
  const origin = await service({ alerts: { url: hanging, secret } })
  await times(100, `${origin}/fail`, 'acme')
  expect(await get(`${origin}/`, 'acme')).toBe(200)
  await spoor.close()
  expect((await messages()).filter((message) => message.includes('not sent'))).toEqual([
    `alerts: 1 not sent to ${hanging}: Spoor was closed`,
  ])
})

test('a process that ends does not wait for a receiver that hangs, or for the next try', async () => {
  let posts = 0
  let waiting: ServerResponse | undefined
  const hanging = await listen(
    createServer(({ method }, response) => {
      if (method === 'POST') posts++
      else waiting = response
      if (posts > 0) waiting?.end()
    }),
  )
  spoor = createSpoor({ service: 'test', logs })
  const program = `
    import { createSpoor, defineLogs } from 'spoor'
    const silent = { console: false }
    const logs = defineLogs({ root: silent, loggers: { requests: silent }, files: false })
    const spoor = createSpoor({ service: 'short', logs, alerts: { url: process.env.URL_OF_ALERTS, secret: '${secret}' } })
    const fail = () => { throw new Error('it fails') }
    for (let at = 0; at < 10; at++) {
      try { spoor.runChild(spoor.carry(), { attempt: 1 }, fail) } catch {}
    }
    await fetch(process.env.URL_OF_ALERTS, { headers: { connection: 'close' } })
    const end = performance.now()
    process.once('exit', () => console.log(Math.round(performance.now() - end)))
  `
  const { stdout, stderr, code } = await runProgram(program, { env: { URL_OF_ALERTS: hanging }, cwd: directory })
  expect([stderr, code]).toEqual(['', 0])
  expect(posts).toBe(1)
  // A try may take ten seconds.
  expect(Number(stdout)).toBeLessThan(5_000)
})

test('a log file that cannot be written sends one webhook, with the code of the error', async () => {
  mkdirSync(join(directory, 'other.log'))
  await service({ alerts: { url: await receiver(), secret, on: ['output'] } })
  logs.get('other').info('a line with a secret: hunter2')
  await until(() => sent.length === 1)
  expect(sent[0]?.data).toMatchObject({
    kind: 'output',
    sentence: expect.stringMatching(/^other\.log cannot be written \(EISDIR\): \d+ lines wait, 0 were lost$/),
    figures: { outputs: 1, output: 'other.log', code: 'EISDIR' },
  })
  expect(JSON.stringify(sent)).not.toContain('hunter2')
})

test('records that the store refuses send one webhook, with the request whose record is missing', async () => {
  const store = memoryRecords({})
  store.put = () => Promise.reject(new Error('redis://user:hunter2@db failed'))
  const origin = await service({
    alerts: { url: await receiver(), secret, on: ['store'] },
    records: store,
    tracking: { mode: 'all' },
  })
  await get(`${origin}/`, 'acme')
  await until(() => sent.length === 1)
  expect(sent[0]?.data).toMatchObject({
    kind: 'store',
    requestId: expect.stringMatching(/^[\w-]{8,}$/),
    sentence: 'the record store failed once: the records are missing, the request lines are written',
  })
  expect(JSON.stringify(sent)).not.toContain('hunter2')
})

test("a blocked event loop sends one webhook, and 'stuck' without a watchdog is a warning", async () => {
  const alerts = { url: await receiver(), secret, on: ['stuck'] as const }
  spoor = createSpoor({ service: 'publisher', logs, alerts, tracking: { watchdog: { afterMs: 100 } } })
  await spoor.run({ name: 'report', account: 'acme' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const end = performance.now() + 1_500
    while (performance.now() < end);
  })
  await until(() => sent.length === 1)
  expect(sent[0]?.data).toMatchObject({ kind: 'stuck', figures: { blockedMs: expect.any(Number) } })
  expect(sent[0]?.data.sentence).toMatch(/ blocked the event loop for [\d.]+ m?s$/)
  await spoor.close()
  spoor = createSpoor({ service: 'publisher', logs, alerts })
  expect((await messages()).at(-1)).toContain("alerts.on: expected tracking.watchdog for 'stuck', got none")
})

test('an account over its budget is a line in the logs, also without the option alerts', async () => {
  spoor = createSpoor({ service: 'publisher', logs, tracking: { mode: 'all' }, budget: { account: { cpuShare: 0.1 } } })
  spoor.runChild(spoor.carry({}), { attempt: 1, name: 'render' }, () => {
    spoor.identify({ account: 'acme' })
    // On a busy machine, CPU time passes more slowly than the clock.
    const start = process.cpuUsage()
    const usedMs = (): number => (process.cpuUsage(start).user + process.cpuUsage(start).system) / 1_000
    while (usedMs() < 1_500);
  })
  await vi.waitUntil(async () => (await messages()).some((message) => message.startsWith('alert: ')), {
    timeout: 25_000,
    interval: 200,
  })
  const line = (await linesOf('root.log')).find(({ message }) => String(message).startsWith('alert: '))
  expect(line?.['message']).toMatch(/^alert: in the last minute, acme used \d+ % of the CPU, its budget is 10 %$/)
  expect(line?.['alert']).toMatchObject({ kind: 'budget', account: 'acme', requestId: expect.any(String) })
})
