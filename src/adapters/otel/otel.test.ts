// With the real SDK, which exports to a receiver of OTLP in this process. test/otel.test.ts has it with OpenTelemetry's own
// instrumentations, in a process of its own.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { context, diag, metrics, propagation, SpanKind, trace } from '@opentelemetry/api'
import { NodeSDK, logs as sdkLogs } from '@opentelemetry/sdk-node'
import { createSpoor, defineLogs, type Handler, type LogsOptions, type Spoor, type SpoorOptions } from 'spoor'
import { spoorNode } from 'spoor/node'
import { withOpenTelemetry } from 'spoor/otel'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { clientKey, serverKey } from '../../../test/conformance/shared-key.js'
import { Receiver } from '../../../test/otel/receiver.js'
import { parseLine } from '../../logging/parser.js'

let receiver: Receiver
let sdk: NodeSDK
beforeEach(async () => {
  receiver = await Receiver.start()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json')
  vi.stubEnv('OTEL_METRICS_EXPORTER', 'otlp')
  vi.stubEnv('OTEL_LOGS_EXPORTER', 'otlp')
  vi.stubEnv('OTEL_NODE_RESOURCE_DETECTORS', 'none')
  sdk = new NodeSDK({ serviceName: 'publisher' })
})
afterEach(async () => {
  await sdk.shutdown()
  receiver.stop()
  vi.unstubAllEnvs()
  for (const api of [trace, metrics, context, propagation]) api.disable()
  delete (globalThis as Record<symbol, unknown>)[Symbol.for('io.opentelemetry.js.api.logs')]
})

type Line = Record<string, unknown> & { traceId?: string; spanId?: string; message: string }

function started(
  options: Partial<SpoorOptions<'blog'>> = {},
  logsOptions: Partial<Omit<LogsOptions<'blog'>, 'loggers'>> = {},
) {
  const lines: Line[] = []
  const handler: Handler = {
    write: (text) =>
      void lines.push(
        ...text
          .toString()
          .trim()
          .split('\n')
          .map((one) => JSON.parse(one)),
      ),
    flush: async () => {},
    close: async () => {},
  }
  const own = { console: false as const, format: 'json' as const, flush: 'line' as const, handlers: [handler] }
  const logs = defineLogs({ files: false, root: own, loggers: { blog: own, requests: own }, ...logsOptions })
  const spoor = createSpoor({ service: 'publisher', logs, ...options })
  onTestFinished(() => spoor.close())
  return { spoor, logs, lines }
}

/** Serves with `handler` until the test ends. @returns its URL */
async function serve(spoor: Spoor, handler: Parameters<typeof spoorNode>[1]['handler']): Promise<string> {
  const account = (request: { headers: Record<string, unknown> }) => ({
    account: String(request.headers['x-account'] ?? 'acme'),
  })
  const server = createServer(spoorNode(spoor, { account: account as never, handler }))
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Uses CPU of this process. */
function burn(ms: number): void {
  const start = process.cpuUsage()
  const used = () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1_000
  }
  while (used() < ms);
}

const tracer = () => trace.getTracer('test')
const idsOf = ({ traceId, spanId }: Line) => ({ traceId, spanId })

describe('the ids of the active span', () => {
  test('are on every line, in a request and outside, and on none without a span', () => {
    const { spoor, logs, lines } = started()
    sdk.start()
    withOpenTelemetry(spoor, { metrics: false })
    logs.root.info('before')
    const span = tracer().startActiveSpan('work', (active) => {
      logs.root.info({ a: 1 }, 'outside')
      spoor.run({ account: 'acme' }, () => logs.root.error(new Error('in a scope')))
      return active
    })
    logs.root.info('after')
    const { traceId, spanId } = span.spanContext()
    expect(lines.map(idsOf)).toEqual([{}, { traceId, spanId }, { traceId, spanId }, {}])
    expect(Object.keys(lines[2] ?? {})).toEqual([
      'time',
      'level',
      'logger',
      'requestId',
      'traceId',
      'spanId',
      'account',
      'error',
      'message',
    ])
    const line = JSON.stringify(lines[1])
    expect(parseLine(line)).toMatchObject({ traceId, spanId, fields: { a: 1 } })
  })

  test("win over Spoor's own trace, which lines outside the span keep", () => {
    const { spoor, logs, lines } = started({ outgoing: [{ host: 'blog.example', propagate: true }] })
    sdk.start()
    withOpenTelemetry(spoor)
    let own: string | undefined
    let carried: string | undefined
    const span = spoor.run({}, () => {
      own = spoor.context()?.trace?.traceId
      logs.root.info('before')
      return tracer().startActiveSpan('work', (active) => {
        logs.root.info('inside')
        carried = spoor.carry().traceparent
        return active
      })
    })
    const { traceId, spanId } = span.spanContext()
    expect(lines.map(idsOf)).toEqual([{ traceId: own }, { traceId, spanId }])
    expect(carried).toBe(`00-${traceId}-${spanId}-01`)
  })

  test('are on the request line, written after the span has ended: those of the span around the handler', async () => {
    const { spoor, logs, lines } = started()
    sdk.start()
    withOpenTelemetry(spoor)
    const inner: string[] = []
    const handler = spoorNode(spoor, {
      handler: (_, response) =>
        tracer().startActiveSpan('inner', (span) => {
          inner.push(span.spanContext().spanId)
          logs.root.info('in the handler')
          span.end()
          response.end('x')
        }),
    })
    const ids: object[] = []
    const server = createServer((request, response) =>
      tracer().startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) => {
        ids.push({ traceId: span.spanContext().traceId, spanId: span.spanContext().spanId })
        response.once('finish', () => span.end())
        return handler(request, response)
      }),
    )
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    // Over one connection, so that the second request is handled where the first one's span was active.
    for (let at = 0; at < 2; at++) await (await fetch(url)).text()
    await vi.waitFor(() => expect(lines).toHaveLength(4))
    const requestLines = lines.filter(({ logger }) => logger === 'requests')
    expect(requestLines.map(idsOf)).toEqual(ids)
    expect(lines.filter(({ logger }) => logger === 'root').map(({ spanId }) => spanId)).toEqual(inner)
  })

  test("are on a job's line those of the span around the job, also if the job runs in the process of its request", async () => {
    const { setRPCMetadata } = await import('@opentelemetry/core')
    const { spoor, logs, lines } = started()
    sdk.start()
    withOpenTelemetry(spoor)
    const job = tracer().startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) =>
      // As OpenTelemetry's instrumentation of node:http does.
      context.with(setRPCMetadata(context.active(), { type: 'http' as never, span }), () =>
        tracer().startActiveSpan('job', { root: true }, (active) => {
          spoor.runChild(spoor.carry(), { name: 'job' }, () => logs.root.info('in the job'))
          return active
        }),
      ),
    )
    const { traceId, spanId } = job.spanContext()
    expect(lines.map(({ logger, ...line }) => [logger, idsOf(line)])).toEqual([
      ['root', { traceId, spanId }],
      ['requests', { traceId, spanId }],
    ])
  })

  // In mode `all` Spoor enters contexts by itself, and OpenTelemetry's context is that of the connection.
  test.each(['header', 'all'] as const)(
    "the line of a call has the span that made it, also over another request's connection, in mode %s",
    async (mode) => {
      const target = createServer((_, response) => response.end('x'))
      await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void target.close())
      const { port } = target.address() as AddressInfo
      const host = `127.0.0.1:${port}`
      const { spoor, lines } = started({ outgoing: [{ host, logger: 'blog' }], tracking: { mode } })
      sdk.start()
      withOpenTelemetry(spoor)
      const spans: object[] = []
      // fetch takes the first connection again for the third call.
      for (const name of ['first', 'second', 'third', 'fourth']) {
        await spoor.run({ name }, () =>
          tracer().startActiveSpan(name, async (span) => {
            spans.push({ traceId: span.spanContext().traceId, spanId: span.spanContext().spanId })
            await (await fetch(`http://${host}/`)).text()
            span.end()
          }),
        )
      }
      await vi.waitFor(() => expect(lines).toHaveLength(4))
      expect(lines.map(idsOf)).toEqual(spans)
    },
  )

  test.each(['gcp', 'ecs', 'datadog', 'text'] as const)('are in lines of the format %s, and read back', (format) => {
    const texts: string[] = []
    const handler: Handler = {
      write: (text) => void texts.push(...text.toString().trim().split('\n')),
      flush: async () => {},
      close: async () => {},
    }
    const root = { console: false as const, format, flush: 'line' as const, handlers: [handler] }
    const { spoor, logs } = started({}, { root })
    sdk.start()
    withOpenTelemetry(spoor)
    tracer().startActiveSpan('work', (span) => {
      const { traceId, spanId } = span.spanContext()
      logs.root.info({ spanId: 'forged', 'span.id': 'own' }, 'published')
      expect(parseLine(texts[0] ?? '')).toMatchObject({ traceId, spanId, message: 'published' })
      const native = {
        gcp: `"logging.googleapis.com/spanId":"${spanId}"`,
        ecs: `"trace.id":"${traceId}","span.id":"${spanId}"`,
        datadog: `"span_id":"${BigInt(`0x${spanId}`)}"`,
        text: `"traceId":"${traceId}","spanId":"${spanId}"`,
      }
      expect(texts[0]).toContain(native[format])
      expect(Object.values(parseLine(texts[0] ?? '')?.fields ?? {}).sort()).toEqual(['forged', 'own'])
    })
  })
})

describe('metrics', () => {
  test('of requests, calls and queries have the names, units, bounds and attributes of the conventions', async () => {
    const { spoor } = started({ outgoing: [] })
    // The SDK starts later: what is recorded before is lost, and nothing else.
    withOpenTelemetry(spoor)
    sdk.start()
    const url = await serve(spoor, async (request, response) => {
      if (request.url === '/fail') throw new Error('broken')
      await spoor.follow({ system: 'postgresql', summary: 'SELECT posts' }, async () => [])
      response.end('x')
    })
    for (const path of ['/posts/1?token=s3cret', '/posts/2', '/fail']) await (await fetch(url + path)).text()
    await fetch(url, { method: 'PROPFIND' }).then((response) => response.text())
    await spoor.close()
    await sdk.shutdown()
    const server = receiver.metric('http.server.request.duration')
    expect(server?.unit).toBe('s')
    expect(server?.points[0]?.explicitBounds).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ])
    const counts = server?.points.map(({ attributes, count }) => [attributes, Number(count)])
    const common = { 'url.scheme': 'http', 'http.response.status_code': 200 }
    expect(counts).toEqual(
      expect.arrayContaining([
        [{ ...common, 'http.request.method': 'GET' }, 2],
        [{ ...common, 'http.request.method': '_OTHER' }, 1],
        [{ ...common, 'http.request.method': 'GET', 'http.response.status_code': 500, 'error.type': '500' }, 1],
      ]),
    )
    expect(counts).toHaveLength(3)
    const [request] = server?.points ?? []
    // In seconds.
    expect(request?.sum).toBeGreaterThan(0)
    expect(request?.sum).toBeLessThan(10)
    const client = receiver.metric('http.client.request.duration')
    expect(client?.points.map(({ attributes }) => attributes)).toContainEqual({
      'http.request.method': 'GET',
      'server.address': '_OTHER',
      'http.response.status_code': 200,
    })
    const database = receiver.metric('db.client.operation.duration')
    expect([database?.unit, database?.points[0]?.explicitBounds]).toEqual([
      's',
      [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    ])
    expect(database?.points.map(({ attributes, count }) => [attributes, Number(count)])).toEqual([
      [{ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT', 'db.collection.name': 'posts' }, 3],
    ])
    expect(JSON.stringify(receiver.metrics)).not.toMatch(/s3cret|posts\/1|PROPFIND/)
  })

  test('of requests over HTTP/2 have the scheme of their connection, which an ended stream does not show', async () => {
    const { spoor } = started()
    withOpenTelemetry(spoor)
    sdk.start()
    const server = createSecureServer(serverKey, spoorNode(spoor, { handler: (_, response) => response.end('x') }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, clientKey)
    onTestFinished(() => {
      client.destroy()
      server.close()
    })
    await once(client.request({ ':path': '/' }).resume(), 'end')
    await spoor.close()
    await sdk.shutdown()
    const points = receiver.metric('http.server.request.duration')?.points
    expect(points?.map(({ attributes }) => attributes['url.scheme'])).toEqual(['https'])
  })

  test.each([['all'], ['header']] as const)('of CPU are by account, in mode %s', async (mode) => {
    const { spoor } = started({ tracking: { mode, windows: { everyMs: 100, forMs: 50 } } })
    withOpenTelemetry(spoor)
    sdk.start()
    const url = await serve(spoor, async (request, response) => {
      const pieces = Number(request.url?.slice(1))
      for (let at = 0; at < pieces; at++) {
        burn(20)
        await new Promise(setImmediate)
      }
      response.end('x')
    })
    const seconds: Record<string, number> = {}
    const read = async (): Promise<void> => {
      const ask = (account: string, pieces: number) => fetch(`${url}/${pieces}`, { headers: { 'x-account': account } })
      await Promise.all([ask('acme', 30), ask('globex', 3)].map(async (response) => (await response).text()))
      await (metrics.getMeterProvider() as { forceFlush?: () => Promise<void> }).forceFlush?.()
      const cpu = receiver.metric('spoor.request.cpu.time')
      expect([cpu?.unit, cpu?.isMonotonic]).toEqual(['s', true])
      for (const { attributes, asDouble = 0 } of cpu?.points ?? []) seconds[String(attributes['account.id'])] = asDouble
      expect(Object.keys(seconds).sort()).toEqual(['acme', 'globex'])
      expect(seconds['acme']).toBeGreaterThan(0.1)
    }
    await vi.waitFor(read, { timeout: 20_000 })
    // It used 0.6 s in each turn: measured, or estimated from windows.
    if (mode === 'all') expect(seconds['acme']).toBeGreaterThan(0.3)
    expect(seconds['acme']).toBeGreaterThan((seconds['globex'] ?? 0) * 2)
  })

  test('a provider that throws breaks no request, and is told once, whatever was measured', async () => {
    const { spoor, lines } = started({ tracking: { mode: 'all' } })
    metrics.setGlobalMeterProvider({
      getMeter: () => {
        throw new Error('no meter')
      },
    })
    withOpenTelemetry(spoor)
    const url = await serve(spoor, (_, response) => {
      burn(5)
      response.end('x')
    })
    for (let at = 0; at < 2; at++) expect((await fetch(url)).status).toBe(200)
    await spoor.close()
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'withOpenTelemetry: a metric or log record was lost: no meter',
    ])
  })

  test('are not made with metrics: false', async () => {
    const { spoor } = started()
    withOpenTelemetry(spoor, { metrics: false })
    sdk.start()
    const url = await serve(spoor, (_, response) => response.end('x'))
    await (await fetch(url)).text()
    await spoor.close()
    await sdk.shutdown()
    expect(receiver.metrics).toEqual([])
  })
})

describe('log records', () => {
  test('have the message, the severity, the ids, the fields and the exception of their lines, redacted', async () => {
    const { spoor, logs } = started()
    withOpenTelemetry(spoor, { logs: true })
    sdk.start()
    const span = tracer().startActiveSpan('work', (active) => {
      spoor.run({ requestId: 'r1', account: 'acme' }, () => {
        logs
          .get('blog')
          .info({ postId: 7, nested: { list: [1, 'a'] }, password: 'hunter2', requestId: 'forged' }, 'published')
        const error = Object.assign(new TypeError('broken: authorization: Bearer abcdefghijklmnop'), { code: 'E_X' })
        logs.root.fatal(error)
      })
      return active
    })
    await sdk.shutdown()
    const [info, fatal] = receiver.logs
    const { traceId, spanId } = span.spanContext()
    expect(info).toMatchObject({
      scope: 'blog',
      body: 'published',
      severityNumber: 9,
      severityText: 'INFO',
      traceId,
      spanId,
    })
    expect(info?.attributes).toEqual({
      requestId: 'r1',
      account: 'acme',
      postId: 7,
      nested: { list: [1, 'a'] },
      password: '[redacted]',
      requestId_: 'forged',
    })
    expect(fatal).toMatchObject({ scope: 'root', severityNumber: 21, severityText: 'FATAL', traceId, spanId })
    expect(fatal?.attributes).toMatchObject({ 'exception.type': 'TypeError', error: { code: 'E_X' } })
    expect(fatal?.attributes['exception.stacktrace']).toMatch(/^TypeError: broken[\s\S]+\n +at /)
    expect(Math.abs(Number(BigInt(info?.timeUnixNano ?? 0) / 1_000_000n) - Date.now())).toBeLessThan(60_000)
    expect(JSON.stringify(receiver.logs)).not.toMatch(/hunter2|abcdefghijklmnop/)
  })

  test('are of every logger, also of request lines, after beforeLine, and their level', async () => {
    const { spoor, logs } = started(
      {},
      {
        beforeLine: (entry) =>
          entry.message === 'dropped' ? undefined : { ...entry, fields: { ...entry.fields, mine: 1 } },
      },
    )
    withOpenTelemetry(spoor, { logs: true })
    sdk.start()
    const url = await serve(spoor, (_, response) => {
      logs.root.debug('too low')
      logs.root.info('dropped')
      logs.root.child({ a: 1 }).warn('told')
      response.end('x')
    })
    await (await fetch(url)).text()
    await spoor.close()
    await sdk.shutdown()
    expect(receiver.logs.map(({ scope, body }) => [scope, String(body).replace(/[\d.]+ ms/, 'n ms')])).toEqual([
      ['root', 'told'],
      ['requests', 'GET / 200 n ms'],
    ])
    expect(receiver.logs[0]?.attributes).toMatchObject({ a: 1, mine: 1, account: 'acme' })
    expect(receiver.logs[1]?.attributes).toMatchObject({ status: 200, method: 'GET', kind: 'request' })
  })

  test('are not made of what the SDK logs while it exports, nor by default, nor after the end', async () => {
    const { spoor, logs } = started()
    sdk.start()
    logs.root.info('before')
    const stop = withOpenTelemetry(spoor, { logs: true })
    const { suppressTracing } = await import('@opentelemetry/core')
    context.with(suppressTracing(context.active()), () => logs.root.info('exporting'))
    logs.root.info('told')
    stop()
    logs.root.info('after')
    const other = started()
    withOpenTelemetry(other.spoor)
    other.logs.root.info('of another')
    await sdk.shutdown()
    expect(receiver.logs.map(({ body }) => body)).toEqual(['told'])
  })

  test('are not made of what the SDK tells when an export fails, and such a line belongs to no request', async () => {
    const { spoor, logs, lines } = started()
    const exported: unknown[] = []
    const exporter: sdkLogs.LogRecordExporter = {
      export: (records, done) => {
        exported.push(...records.map(({ body }) => body))
        done({ code: 1, error: new Error('no collector') })
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    }
    const processor = new sdkLogs.BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 1 })
    sdk = new NodeSDK({ serviceName: 'publisher', logRecordProcessors: [processor] })
    const tell = (): void => logs.root.error('an export failed')
    diag.setLogger({ error: tell, warn() {}, info() {}, debug() {}, verbose() {} }, { suppressOverrideMessage: true })
    onTestFinished(() => diag.disable())
    sdk.start()
    withOpenTelemetry(spoor, { logs: true })
    spoor.run({ requestId: 'r1', account: 'acme' }, () => logs.root.info('told'))
    await vi.waitFor(() => expect(lines.map(({ message }) => message)).toEqual(['told', 'an export failed']))
    expect(lines[1]).not.toHaveProperty('requestId')
    expect(lines[1]).not.toHaveProperty('account')
    logs.root.info('last')
    await vi.waitFor(() => expect(exported).toContain('last'))
    expect(exported).toEqual(['told', 'last'])
  })

  test('are made with the provider of version 1.10 of the API, which has the logs of @opentelemetry/api-logs', async () => {
    const { spoor, logs } = started()
    withOpenTelemetry(spoor, { logs: true })
    sdk.start()
    const known = globalThis as Record<symbol, unknown>
    const earlier = Symbol.for('io.opentelemetry.js.api.logs')
    const provider = (known[earlier] as (version: number) => object)(1)
    delete known[earlier]
    const api = known[Symbol.for('opentelemetry.js.api.1')] as { logs?: object }
    api.logs = provider
    onTestFinished(() => void delete api.logs)
    logs.root.info('told')
    await sdk.shutdown()
    expect(receiver.logs.map(({ body }) => body)).toEqual(['told'])
  })

  test('a provider that throws breaks no line, and is told once', () => {
    const { spoor, logs, lines } = started()
    const key = Symbol.for('io.opentelemetry.js.api.logs')
    Object.assign(globalThis, {
      [key]: () => ({
        getLogger: () => ({
          emit: () => {
            throw new Error('full')
          },
        }),
      }),
    })
    withOpenTelemetry(spoor, { logs: true })
    for (const message of ['one', 'two']) logs.root.info(message)
    expect(lines.map(({ message }) => message)).toEqual([
      'one',
      'withOpenTelemetry: a metric or log record was lost: full',
      'two',
    ])
  })
})

describe('without an SDK, and at the end', () => {
  test('nothing is registered, and lines, requests and calls are as without it', async () => {
    const { spoor, logs, lines } = started()
    const before = Object.getOwnPropertySymbols(globalThis).filter((key) => /opentelemetry/.test(String(key)))
    withOpenTelemetry(spoor, { metrics: true, logs: true })
    const url = await serve(spoor, (_, response) => response.end('x'))
    await (await fetch(url)).text()
    logs.root.info('told')
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    expect(lines.map(idsOf)).toEqual([{}, {}])
    expect(Object.getOwnPropertySymbols(globalThis).filter((key) => /opentelemetry/.test(String(key)))).toEqual(before)
  })

  test('close ends it: lines have no ids any more, and requests no metrics', async () => {
    const { spoor, logs, lines } = started()
    sdk.start()
    withOpenTelemetry(spoor, { logs: true })
    await spoor.close()
    tracer().startActiveSpan('work', () => logs.root.info('after'))
    expect(lines.map(idsOf)).toEqual([{}])
    await sdk.shutdown()
    expect(receiver.logs).toEqual([])
  })

  test('of two instances, the second one still has ids when the first one ends', async () => {
    const [first, second] = [started(), started()]
    sdk.start()
    for (const { spoor } of [first, second]) withOpenTelemetry(spoor)
    await first.spoor.close()
    tracer().startActiveSpan('work', () => second.logs.root.info('told'))
    expect(second.lines[0]?.spanId).toMatch(/^[0-9a-f]{16}$/)
  })

  test('wrong arguments are named', () => {
    const { spoor } = started()
    expect(() => withOpenTelemetry({} as Spoor)).toThrow(
      /withOpenTelemetry: expected the Spoor that createSpoor returns/,
    )
    expect(() => withOpenTelemetry(spoor, { logs: 'yes' as never })).toThrow(
      /options\.logs: expected true or false, got "yes"/,
    )
    expect(() => withOpenTelemetry(spoor, { log: true } as never)).toThrow(
      /options\.log: no such option; did you mean logs\?/,
    )
    const stop = withOpenTelemetry(spoor)
    expect(() => withOpenTelemetry(spoor)).toThrow(/connected with OpenTelemetry already/)
    stop()
    withOpenTelemetry(spoor)
  })
})
