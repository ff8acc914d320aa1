// What follows a job, each made by `await stacks[name](directory)`: `telemetry` for BullMQ, `processor` where a stack wraps
// it, and `scope` in which jobs are added.
import { join } from 'node:path'
import { bullmqTelemetry } from '../../dist/bullmq.js'
import { createSpoor, defineLogs } from '../../dist/index.js'

const alone = async () => ({})
const nothing = async () => ({ telemetry: doesNothing() })

/** A line for each attempt; in mode `all` its cost, too. */
const spoor = (mode) => async (directory) => {
  const logs = defineLogs({ directory, loggers: { requests: { console: false } } })
  const followed = createSpoor({ service: 'bench', logs, tracking: { mode } })
  const telemetry = bullmqTelemetry(followed)
  return { telemetry, processor: telemetry.processor, scope: (fn) => followed.run({ account: 'acme' }, fn) }
}

/** BullMQ's own: spans in batches, thrown away, and no line. */
async function otel() {
  const { trace } = await import('@opentelemetry/api')
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const { BullMQOtel } = await import('bullmq-otel')
  const exporter = { export: (_, done) => done({ code: 0 }), shutdown: async () => {}, forceFlush: async () => {} }
  new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register()
  const tracer = trace.getTracer('bench')
  const scope = (fn) => tracer.startActiveSpan('request', (span) => fn().finally(() => span.end()))
  return { telemetry: new BullMQOtel('bench'), scope }
}

/** The same, with a line for each attempt by which it is found again, as ours has. */
async function otelPino(directory) {
  const { trace } = await import('@opentelemetry/api')
  const { default: pino } = await import('pino')
  const logger = pino(
    pino.destination({ dest: join(directory, 'jobs.log'), mkdir: true, sync: false, minLength: 4_096 }),
  )
  const processor = (fn) => async (job) => {
    const start = performance.now()
    try {
      return await fn(job)
    } finally {
      const { traceId, spanId } = trace.getActiveSpan().spanContext()
      const { name, attemptsStarted: attempt } = job
      logger.info({ traceId, spanId, account: 'acme', name, attempt, durationMs: performance.now() - start }, name)
    }
  }
  return { ...(await otel()), processor }
}

export const stacks = {
  bullmq: alone,
  nothing,
  spoor: spoor('header'),
  'spoor, all': spoor('all'),
  'bullmq-otel': otel,
  'bullmq-otel + pino': otelPino,
}

/** What having a telemetry costs by itself. */
function doesNothing() {
  const ignore = () => {}
  const span = { setSpanOnContext: (context) => context, setAttribute: ignore, setAttributes: ignore }
  Object.assign(span, { addEvent: ignore, recordException: ignore, end: ignore })
  const context = {}
  const contextManager = {
    active: () => context,
    with: (_, fn) => fn(),
    getMetadata: () => '',
    fromMetadata: () => context,
  }
  return { tracer: { startSpan: () => span }, contextManager }
}
