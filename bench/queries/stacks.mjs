// The stacks that are compared: `(client) => { scope, on, off, query?, follow? }`. `scope` runs a function as a request would run,
// `on` and `off` switch the following of queries; scopes are the same in both. `query` sends a query while it is on. `follow`
// follows one of two clients instead.

/**
 * Spoor follows the client and writes no lines of queries: its default. Of two clients of a kind, one is followed. mysql2 is
 * followed by channels, for which an instance is opened and closed.
 */
async function spoor(clientName) {
  const { createSpoor, defineLogs } = await import('../../dist/index.js')
  const logs = defineLogs({ root: { console: false }, loggers: { requests: { console: false } } })
  // Two instances: one has the scopes, the other one follows.
  const scopes = createSpoor({ service: 'bench', logs, queries: false })
  const scope = (fn) => scopes.run({ requestId: 'order-4711', account: 'acme' }, fn)
  let following
  const open = () => {
    following = createSpoor({ service: 'bench', logs })
  }
  const query = (query) => following.follow({ system: 'postgresql', text: sql }, query)
  if (clientName.startsWith('mysql2')) return { scope, query, on: open, off: () => following.close() }
  open()
  return { scope, query, on: () => {}, off: () => {}, follow: (client) => following.follow(client) }
}

const sql = 'select id, title from posts where account = $1 and id = $2'

/** Its defaults for context and propagation. Spans are thrown away in batches. */
async function opentelemetry() {
  const [
    { trace },
    { BatchSpanProcessor, NodeTracerProvider },
    { IORedisInstrumentation },
    { MySQL2Instrumentation },
    { PgInstrumentation },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/instrumentation-ioredis'),
    import('@opentelemetry/instrumentation-mysql2'),
    import('@opentelemetry/instrumentation-pg'),
  ])
  const exporter = { export: (_, done) => done({ code: 0 }), shutdown: async () => {}, forceFlush: async () => {} }
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  provider.register()
  const instrumentations = [new PgInstrumentation(), new MySQL2Instrumentation(), new IORedisInstrumentation()]
  for (const one of instrumentations) one.setTracerProvider(provider)
  const tracer = trace.getTracer('bench')
  return {
    scope: (fn) => tracer.startActiveSpan('request', (span) => fn().finally(() => span.end())),
    on: () => {
      for (const one of instrumentations) one.enable()
    },
    off: () => {
      for (const one of instrumentations) one.disable()
    },
  }
}

export const stacks = { spoor, opentelemetry }
