// server.mjs NAME DIRECTORY: one of the servers of otel.mjs.
import { createServer } from 'node:http'
import { metrics, trace } from '@opentelemetry/api'
import { logs as logsApi } from '@opentelemetry/api-logs'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { openSpoor, threeLines } from '../http/common.mjs'

const connections = {
  without: undefined,
  connected: { metrics: false },
  metrics: {},
  logs: { metrics: false, logs: true },
}

const [name, directory] = process.argv.slice(2)
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
if (connections[name] !== undefined) withOpenTelemetry(spoor, connections[name])

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
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('message', async (question) => {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
    return
  }
  server.close()
  server.closeAllConnections()
  await logs.close()
  process.exit()
})
