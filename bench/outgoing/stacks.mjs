// The stacks that are compared: calls with nothing beside them, followed by Spoor, and by OpenTelemetry's
// instrumentations. Each `(directory) => { scope, flush, traces }`: `scope` runs a function as a request would run,
// `traces` says whether a call shall arrive with `traceparent`.
import { AsyncLocalStorage } from 'node:async_hooks'

const ids = { requestId: 'order-4711', account: 'acme' }
const host = '127.0.0.1'

async function bare() {
  const als = new AsyncLocalStorage()
  return { scope: (fn) => als.run({ ...ids }, fn), flush: () => {}, traces: false }
}

async function spoor(directory, { port }) {
  const rule = { host: `${host}:${port}`, logger: 'blog', propagate: true }
  return { ...(await spoorWith(directory, [rule])), traces: true }
}

async function spoorWithoutRule(directory) {
  return { ...(await spoorWith(directory, [])), traces: false }
}

async function spoorWith(directory, outgoing) {
  const { createSpoor, defineLogs } = await import('../../dist/index.js')
  const logs = defineLogs({
    directory,
    root: { console: false },
    loggers: { blog: { file: 'blog.log', console: false }, requests: { console: false } },
  })
  const { run, flush } = createSpoor({ service: 'bench', logs, outgoing })
  return { scope: (fn) => run(ids, fn), flush }
}

/** Always on, its own defaults for context (AsyncLocalStorage) and propagation (W3C), spans thrown away in batches. */
async function opentelemetry() {
  const [
    { trace },
    { BatchSpanProcessor, NodeTracerProvider },
    { registerInstrumentations },
    { HttpInstrumentation },
    { UndiciInstrumentation },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/instrumentation'),
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-undici'),
  ])
  const exporter = { export: (_, done) => done({ code: 0 }), shutdown: async () => {}, forceFlush: async () => {} }
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  provider.register()
  registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] })
  const tracer = trace.getTracer('bench')
  const scope = (fn) => tracer.startActiveSpan('request', (span) => fn().finally(() => span.end()))
  return { scope, flush: () => provider.forceFlush(), traces: true }
}

export const stacks = { bare, spoor, 'spoor without a rule': spoorWithoutRule, opentelemetry }
