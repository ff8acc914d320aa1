// server.mjs NAME DIRECTORY: the server of otel.mjs. `{ connect: NAME }` connects it in another way.
import { createServer } from 'node:http'
import { metrics, trace } from '@opentelemetry/api'
import { logs as logsApi } from '@opentelemetry/api-logs'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { openSpoor, threeLines } from '../http/common.mjs'
import { answer } from '../load/answer.mjs'

const connections = {
  without: undefined,
  connected: { metrics: false },
  metrics: {},
  logs: { metrics: false, logs: true },
}

const [, directory] = process.argv.slice(2)
const dropped = { export: (_, done) => done({ code: 0 }), shutdown: async () => {}, forceFlush: async () => {} }
new NodeTracerProvider().register()
const reader = new PeriodicExportingMetricReader({ exporter: dropped, exportIntervalMillis: 60_000 })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
logsApi.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: dropped })] }),
)

const { spoor, logs, log } = await openSpoor(directory)
const { spoorNode } = await import('../../dist/node.js')
const { withOpenTelemetry } = await import('../../dist/otel.js')
let disconnect = () => {}

const handler = spoorNode(spoor, {
  account: (request) => ({ account: request.headers.authorization ? 'acme' : undefined }),
  handler: (_, response) => {
    threeLines(log)
    response.setHeader('content-type', 'application/json').end('{"id":"7","ok":true}')
  },
})
// Every server has a span around each request, as OpenTelemetry's instrumentation makes one.
const tracer = trace.getTracer('bench')
const server = createServer((request, response) =>
  tracer.startActiveSpan('GET', (span) => {
    handler(request, response)
    span.end()
  }),
)
spoor.attach(server)
answer(server, () => logs.close(), {
  connect: (name) => {
    disconnect()
    const options = connections[name]
    disconnect = options === undefined ? () => {} : withOpenTelemetry(spoor, options)
    return 'connected'
  },
})
