// With OpenTelemetry's own instrumentations of node:http and undici, in a process of its own: they patch Node.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Receiver } from './otel/receiver.js'
import { runProgram } from './programs/program.js'

// A request calls another service in both ways, lets a span be exported while it is open, and answers then.
const program = `
  import { createRequire } from 'node:module'
  const require = createRequire(import.meta.url)
  const { NodeSDK } = require('@opentelemetry/sdk-node')
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
  const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
  const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] })
  sdk.start()
  const http = require('node:http')
  const { trace } = require('@opentelemetry/api')
  const { createSpoor, defineLogs } = await import('spoor')
  const { spoorNode } = await import('spoor/adapters/node/node.js')
  const { withOpenTelemetry } = await import('spoor/adapters/otel/otel.js')

  const lines = []
  const handler = { write: (text) => lines.push(...text.toString().trim().split('\\n').map((one) => JSON.parse(one))), flush: async () => {}, close: async () => {} }
  const own = { console: false, format: 'json', flush: 'line', handlers: [handler] }
  const logs = defineLogs({ files: false, root: own, loggers: { calls: own, requests: own } })
  const host = new URL(process.env.TARGET).host
  const spoor = createSpoor({ service: 'publisher', logs, outgoing: [{ host, logger: 'calls', propagate: true }] })
  withOpenTelemetry(spoor, { logs: true })

  const exportedSpan = async () => {
    trace.getTracer('test').startActiveSpan('inner', (span) => span.end())
    await fetch(process.env.TARGET + '/when-exported').then((response) => response.text())
  }
  const server = http.createServer(spoorNode(spoor, {
    handler: async (request, response) => {
      logs.root.info('handling')
      await fetch(process.env.TARGET + '/by-fetch').then((answer) => answer.text())
      await new Promise((resolve) => http.get(process.env.TARGET + '/by-http', (answer) => answer.resume().on('end', resolve)))
      await exportedSpan()
      response.end('x')
    },
  }))
  spoor.attach(server)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const answer = await new Promise((resolve) => {
    http.get({ port: server.address().port, host: '127.0.0.1', path: '/posts/7', headers: { 'user-agent': 'test' } }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, id: response.headers['x-request-id'] }))
    })
  })
  server.close()
  await spoor.close()
  await sdk.shutdown()
  console.log(JSON.stringify({ answer, lines }))
`

interface Line {
  readonly logger: string
  readonly message: string
  readonly requestId?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly outgoing?: { readonly calls: number }
}

let receiver: Receiver
const asked: Record<string, string[]> = {}
const target = createServer(async (request, response) => {
  asked[request.url ?? ''] = request.rawHeaders
  while (request.url === '/when-exported' && !receiver.spans.some(({ name }) => name === 'inner'))
    await new Promise((resolve) => setTimeout(resolve, 5))
  response.end('x')
})

let answer: { readonly status: number; readonly id: string }
let lines: Line[]
beforeAll(async () => {
  receiver = await Receiver.start()
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const { stdout, stderr, code } = await runProgram(program, {
    env: {
      TARGET: `http://127.0.0.1:${(target.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_BLRP_SCHEDULE_DELAY: '1',
    },
  })
  expect([stderr, code]).toEqual(['', 0])
  ;({ answer, lines } = JSON.parse(stdout))
})
afterAll(() => {
  receiver.stop()
  target.close()
  target.closeAllConnections()
})

const headers = (path: string, name: string): string[] => {
  const raw = asked[path] ?? []
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name)
}
const serverSpan = () => receiver.spans.find(({ kind, parentSpanId }) => kind === 2 && parentSpanId !== undefined)
const line = (logger: string, text: RegExp) => lines.find((one) => one.logger === logger && text.test(one.message))

test('the request has its id, and its line the trace and span that OpenTelemetry made for it', () => {
  expect(answer).toEqual({ status: 200, id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  const { traceId, spanId } = serverSpan() ?? {}
  expect(line('requests', /^GET \/posts\/7 200/)).toMatchObject({ requestId: answer.id, traceId, spanId })
  expect(line('root', /handling/)).toMatchObject({ requestId: answer.id, traceId, spanId })
})

test.each(['/by-fetch', '/by-http'])(
  'the call %s has one traceparent, of the same trace, and the request id',
  (path) => {
    expect(headers(path, 'x-request-id')).toEqual([answer.id])
    const traceparents = headers(path, 'traceparent')
    expect(traceparents).toHaveLength(1)
    expect(traceparents[0]).toMatch(new RegExp(`^00-${serverSpan()?.traceId}-[0-9a-f]{16}-01$`))
    expect(line('calls', new RegExp(path))).toMatchObject({ requestId: answer.id, traceId: serverSpan()?.traceId })
  },
)

test("the exporter's calls are on no line and in no metric, also those made while the request is open", () => {
  expect(receiver.headers.length).toBeGreaterThan(1)
  expect(line('requests', /posts/)?.outgoing?.calls).toBe(3)
  expect(lines.filter(({ logger }) => logger === 'calls')).toHaveLength(3)
  const points = receiver.metric('http.client.request.duration')?.points ?? []
  const calls = points.filter(({ attributes }) => attributes['server.address'] === '127.0.0.1')
  expect(calls.reduce((sum, { count }) => sum + Number(count), 0)).toBe(3)
  // The program's own call of its server.
  expect(points.reduce((sum, { count }) => sum + Number(count), 0)).toBe(4)
})

test('each line is one log record, with the same trace and span', () => {
  const of = ({ traceId, spanId }: { traceId?: string; spanId?: string }) => ({ traceId, spanId })
  expect(receiver.logs.map(({ body, ...record }) => [body, of(record)])).toEqual(
    lines.map((one) => [one.message, of(one)]),
  )
})

test("Spoor's metrics stand beside those of the instrumentation, each in its scope", () => {
  const scopes = receiver.metrics
    .filter(({ name }) => name === 'http.server.request.duration')
    .map(({ scope }) => scope)
  expect(new Set(scopes)).toEqual(new Set(['spoor', '@opentelemetry/instrumentation-http']))
})
