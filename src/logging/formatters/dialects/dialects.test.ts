import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { datadogFields, ecsFields, gcpFields } from '../../../../test/logging/published-fields.js'
import { createContext, type WorkContext } from '../../../context/request-context.js'
import { readTrace } from '../../../context/trace-context.js'
import { redaction } from '../../../safe-values/redaction.js'
import { type SafeValue, safeFields } from '../../../safe-values/safe-value.js'
import { boundedLine } from '../../bounded-line.js'
import type { Entry } from '../../entry.js'
import { levels } from '../../levels.js'
import { json } from '../../line.js'
import type { LineBuffer } from '../../line-buffer.js'
import { createLogger, type Logger } from '../../logger.js'
import { parseLine } from '../../parser.js'
import { dialectFormat } from './dialect.js'
import { dialectFormatter } from './dialects.js'
import { gcpDialect } from './gcp.js'

const dialects = { gcp: dialectFormatter('gcp'), ecs: dialectFormatter('ecs'), datadog: dialectFormatter('datadog') }
const formats = { ...dialects, 'gcp with a project': dialectFormat(gcpDialect('my-project')) }
const names = Object.keys(formats) as (keyof typeof formats)[]
const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const published = [...gcpFields, ...ecsFields, ...datadogFields]
const clashing = [...published, ...published.map((name) => name.split('.')[0] as string), 'dd', 'labels.account', 'trace_id', 'host', 'source', 'service', 'error', 'stack', 'kind', 'user', 'status', 'method', 'path', 'pid', 'version', 'durationMs', 'io', '__proto__'] // biome-ignore format: a list of names
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '"account":"evil"', ',"status":', '\\', '\n', '\u001b', '\u2028', '\ud800', '{', '}', 'info'),
)
// No name has a backslash in it: parser.test.ts says why.
const name = fc.oneof(
  text.map((made) => made.replaceAll('\\', '/')),
  fc
    .tuple(fc.constantFrom(...clashing), fc.constantFrom('', '', '_', '__', '.x', '_.x'))
    .map((parts) => parts.join('')),
)
const value = fc.jsonValue().filter((made) => !JSON.stringify(made).includes('\\\\')) as fc.Arbitrary<SafeValue>
const error = fc.record(
  {
    type: text,
    message: text,
    stack: text,
    code: text,
    stack_trace: text,
    stack_trace_: text,
    kind: text,
    kind_: text,
  },
  { requiredKeys: ['type', 'message'] },
)
const oddError = fc.record({ type: text, stack: fc.oneof(text, fc.nat()), message: value }, { requiredKeys: [] })
const request = fc.record(
  {
    kind: fc.constantFrom('request', 'job', 'late'),
    id: fc.constant('id-1'),
    method: fc.constantFrom('GET', 'POST'),
    path: text,
    status: fc.oneof(fc.integer({ min: 100, max: 599 }), value),
    user: fc.oneof(text, value),
    service: fc.constant('publisher'),
    pid: fc.nat(),
    durationMs: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), value),
    remoteAddress: fc.ipV4(),
    io: fc.oneof(fc.constant({ client: { readBytes: 1, writtenBytes: 2 } }), value),
  },
  { requiredKeys: [] },
)
const some = fc.dictionary(name, fc.oneof(text, value, error, fc.array(text)), { maxKeys: 6 })
const errors = fc.record(
  { error: fc.oneof(error, oddError, text), error_: fc.oneof(error, text) },
  { requiredKeys: [] },
)
const fields = fc
  .tuple(some, errors, fc.oneof(fc.constant({}), request))
  .map(([own, thrown, ofRequest]) => ({ ...ofRequest, ...own, ...thrown }))
const entries = fc.record<Entry>({
  time: fc.integer({ min: 0, max: 4e12 }),
  level: fc.constantFrom(...levels),
  logger: fc.constantFrom('publish_sync', 'root', 'a.b-c', 'requests'),
  message: text,
  fields: fields.map((made) => safeFields(made, redaction())),
})
const ids = fc.stringMatching(/^[A-Za-z0-9._:@/+=~-]{1,40}$/)
const maybe = <T>(made: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(made, { nil: undefined })
const contexts = maybe(
  fc
    .record({
      requestId: ids,
      parentId: maybe(ids),
      account: maybe(text.filter((made) => made !== '')),
      trace: fc.constantFrom(undefined, 'own' as const, readTrace(sampled)),
    })
    .map((seed) => createContext('request', seed)),
)

describe.each(names)('a line in the format %s', (format) => {
  test('is read as the json line of the same entry', () => {
    fc.assert(
      fc.property(entries, contexts, (entry, context) => {
        const line = formats[format](entry, context)
        expect(line).not.toMatch(/[\n\u001b\u2028\ud800]/u)
        expect(parseLine(line)).toEqual(parseLine(json(entry, context)))
        expect(parseLine(line)?.account).toBe(context?.account)
      }),
      { numRuns: 2_000 },
    )
  })

  test('has no member twice', () => {
    fc.assert(
      fc.property(entries, contexts, (entry, context) => {
        const line = formats[format](entry, context)
        expect(Object.keys(JSON.parse(line)).length).toBe(topNames(line).length)
      }),
      { numRuns: 500 },
    )
  })

  test('of a logger is read as the json line of the same call', () => {
    const clean = fc.dictionary(
      fc.oneof(fc.constantFrom(...clashing), fc.stringMatching(/^[a-z_]{1,8}$/)),
      fc.oneof(fc.stringMatching(/^[\w.-]{0,12}$/), fc.integer(), fc.boolean(), fc.constant({ status: 1, host: 'a' })),
      { maxKeys: 5 },
    )
    fc.assert(
      fc.property(
        fc.constantFrom('app', 'requests'),
        fc.option(fc.oneof(clean, some)),
        clean,
        (name, bindings, fields) => {
          const { logger, lines } = kept(name, format)
          const used = bindings === null ? logger : logger.child(bindings)
          used.info(fields, 'published')
          const [inDialect, inJson] = lines.map((line) => parseLine(line))
          expect({ ...inDialect, time: 0 }).toEqual({ ...inJson, time: 0 })
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('is at most as long as maxLineBytes, and still read', () => {
    fc.assert(
      fc.property(entries, contexts, fc.nat({ max: 5_000 }), (entry, context, length) => {
        const long = { ...entry, fields: { ...entry.fields, long: 'é'.repeat(length) } }
        const line = boundedLine(formats[format], long, context, 4_096)
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4_096)
        expect(parseLine(line)).toMatchObject({ level: entry.level, logger: entry.logger })
      }),
      { numRuns: 300 },
    )
  })
})

/** A logger that writes each entry in a dialect and as json. */
function kept(name: string, format: keyof typeof formats): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const buffer = { add: (line: string) => void lines.push(line) } as unknown as LineBuffer
  const handlers = [formats[format], json].map((one) => ({
    format: one,
    lines: buffer,
    isConsole: false,
    isCustom: false,
  }))
  const bounds = { depth: 8, members: 200, values: 5_000, characters: 65_536 } as never
  const core = {
    name,
    redaction: redaction(),
    bounds,
    beforeLine: undefined,
    maxLineBytes: 65_536,
    runTime: { choice: undefined },
    handlers,
  }
  return { logger: createLogger(core, 'info'), lines }
}

/** The names of the members of a line, as often as they stand there. */
function topNames(line: string): string[] {
  const found: string[] = []
  let depth = 0
  for (const [token, key] of line.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && key !== undefined) found.push(key)
  }
  return found
}

const context = createContext('request', {
  requestId: 'r-1',
  account: 'acme',
  trace: readTrace(sampled),
}) as WorkContext
const time = Date.UTC(2026, 10, 24, 7, 26, 20, 123)
const failed: Entry = {
  time,
  level: 'error',
  logger: 'app',
  message: 'publishing failed',
  fields: { postId: 7, error: { type: 'TypeError', message: 'no title', stack: 'TypeError: no title\n    at a' } },
}
const finished: Entry = {
  time,
  level: 'info',
  logger: 'requests',
  message: 'GET /posts/7 200 34.1 ms',
  fields: {
    ...{ kind: 'request', id: 'r-1', user: 'mara', method: 'GET', route: '/posts/:id', path: '/posts/7', status: 200 },
    ...{ remoteAddress: '203.0.113.7', userAgent: 'curl/8', service: 'publisher', version: '1.0.0', pid: 4711 },
    ...{ startedAt: '2026-11-24T07:26:20.089Z', durationMs: 34.123 },
    io: { client: { readBytes: 120, writtenBytes: 340 } },
  },
}
const rest = {
  ...{ kind: 'request', id: 'r-1', route: '/posts/:id', startedAt: '2026-11-24T07:26:20.089Z', durationMs: 34.123 },
  io: { client: { readBytes: 120, writtenBytes: 340 } },
}

describe('Google Cloud Logging', () => {
  const line = (entry: Entry): object => JSON.parse(formats['gcp with a project'](entry, context))
  const trace = {
    'logging.googleapis.com/trace': 'projects/my-project/traces/0af7651916cd43dd8448eb211c80319c',
    'logging.googleapis.com/spanId': 'b7ad6b7169203331',
    'logging.googleapis.com/trace_sampled': true,
  }

  test('gets severity, time, labels and trace; an error is an event for Error Reporting', () => {
    expect(line(failed)).toEqual({
      time: '2026-11-24T07:26:20.123Z',
      severity: 'ERROR',
      'logging.googleapis.com/labels': { logger: 'app', requestId: 'r-1', account: 'acme' },
      ...trace,
      postId: 7,
      '@type': 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent',
      stack_trace: 'TypeError: no title\n    at a',
      error: { type: 'TypeError', message: 'no title' },
      message: 'publishing failed',
    })
  })

  test('gets the request as httpRequest', () => {
    expect(line(finished)).toMatchObject({
      severity: 'INFO',
      ...finished.fields,
      httpRequest: {
        ...{ requestMethod: 'GET', requestUrl: '/posts/7', status: 200, requestSize: '120', responseSize: '340' },
        ...{ userAgent: 'curl/8', remoteIp: '203.0.113.7', latency: '0.034123s' },
      },
    })
  })

  test('gets the bare trace id without a known project', () => {
    expect(JSON.parse(dialectFormat(gcpDialect(undefined))(failed, context))).toMatchObject({
      'logging.googleapis.com/trace': '0af7651916cd43dd8448eb211c80319c',
    })
  })

  test.each([
    ['trace', 'DEBUG'],
    ['debug', 'DEBUG'],
    ['info', 'INFO'],
    ['warn', 'WARNING'],
    ['error', 'ERROR'],
    ['fatal', 'CRITICAL'],
  ] as const)('gets %s as %s', (level, severity) => {
    // biome-ignore format: a table
    expect(line({ ...failed, level })).toMatchObject({ severity })
  })

  test('gets an error below level error without the mark of an event', () => {
    expect(line({ ...failed, level: 'warn' })).not.toHaveProperty('@type')
  })
})

describe('Elasticsearch', () => {
  const line = (entry: Entry): object => JSON.parse(dialects.ecs(entry, context))

  test('gets the fields of the Elastic Common Schema, the message third', () => {
    expect(dialects.ecs(failed, context)).toBe(
      '{"@timestamp":"2026-11-24T07:26:20.123Z","log.level":"error","message":"publishing failed","ecs.version":"8.11.0",' +
        '"log.logger":"app","trace.id":"0af7651916cd43dd8448eb211c80319c","labels":{"requestId":"r-1","account":"acme"},' +
        '"postId":7,"error":{"type":"TypeError","message":"no title","stack_trace":"TypeError: no title\\n    at a"}}',
    )
  })

  test('gets the request under the names of the schema', () => {
    expect(line(finished)).toEqual({
      ...{ '@timestamp': '2026-11-24T07:26:20.123Z', 'log.level': 'info', message: 'GET /posts/7 200 34.1 ms' },
      ...{ 'ecs.version': '8.11.0', 'log.logger': 'requests', 'trace.id': '0af7651916cd43dd8448eb211c80319c' },
      labels: { requestId: 'r-1', account: 'acme' },
      ...{ 'http.request.method': 'GET', 'url.path': '/posts/7', 'http.response.status_code': 200 },
      ...{ 'http.request.bytes': 120, 'http.response.bytes': 340, 'event.duration': 34_123_000 },
      ...{ 'user.id': 'mara', 'client.ip': '203.0.113.7', 'user_agent.original': 'curl/8' },
      ...{ 'service.name': 'publisher', 'service.version': '1.0.0', 'process.pid': 4711 },
      ...rest,
    })
  })

  test('gets no text where the schema has an object, and objects as they are', () => {
    const fields = { host: 'blog.example', event: { action: 'signup' }, user: 'mara', url: { path: '/a' } }
    const { host_, event, user_, url } = line({ ...failed, fields }) as Record<string, unknown>
    expect({ host_, event, user_, url }).toEqual({ host_: 'blog.example', event: fields.event, user_: 'mara', url: fields.url }) // biome-ignore format: one line
  })
})

describe('Datadog', () => {
  const line = (entry: Entry): object => JSON.parse(dialects.datadog(entry, context))
  const start = { timestamp: '2026-11-24T07:26:20.123Z', requestId: 'r-1', account: 'acme' }
  const trace = {
    dd: { trace_id: BigInt('0x8448eb211c80319c').toString() },
    traceId: '0af7651916cd43dd8448eb211c80319c',
  }

  test('gets status, logger, trace and error under the names of its standard attributes', () => {
    expect(line(failed)).toEqual({
      ...start,
      ...trace,
      status: 'error',
      logger: { name: 'app' },
      postId: 7,
      error: { kind: 'TypeError', message: 'no title', stack: 'TypeError: no title\n    at a' },
      message: 'publishing failed',
    })
  })

  test('gets the request under the names of its standard attributes', () => {
    expect(line(finished)).toEqual({
      ...start,
      ...trace,
      status: 'info',
      logger: { name: 'requests' },
      http: { method: 'GET', url: '/posts/7', status_code: 200, useragent: 'curl/8' },
      usr: { id: 'mara' },
      network: { client: { ip: '203.0.113.7' }, bytes_read: 120, bytes_written: 340 },
      duration: 34_123_000,
      ...{ service: 'publisher', version: '1.0.0', pid: 4711 },
      ...rest,
      message: 'GET /posts/7 200 34.1 ms',
    })
  })

  test('gets no field as the status or the host of the line', () => {
    expect(line({ ...failed, fields: { status: 404, host: 'blog.example' } })).toMatchObject({
      status: 'error',
      status_: 404,
      host_: 'blog.example',
    })
  })
})

/** The names of all members that a dialect itself writes, with dots between levels. */
function ownNames(line: object, fields: object): string[] {
  const walk = (made: object, before: string): string[] =>
    Object.entries(made).flatMap(([key, held]) =>
      typeof held === 'object' && held !== null ? walk(held, `${before}${key}.`) : [`${before}${key}`],
    )
  return walk(Object.fromEntries(Object.entries(line).filter(([key]) => !Object.hasOwn(fields, key))), '')
}

describe('every member that a dialect writes besides the fields is on the published list of', () => {
  const ours = ['traceId', 'requestId', 'account']
  test.each([
    ['gcp', gcpFields, /^logging\.googleapis\.com\/labels\./],
    ['ecs', ecsFields, /^labels\./],
    ['datadog', datadogFields, /^$/],
  ] as const)('%s', (name, fields, own) => {
    const written = [failed, finished].flatMap((entry) => {
      const line = JSON.parse(dialects[name](entry, context))
      return ownNames(line, name === 'gcp' ? entry.fields : { ...rest, postId: 7 })
    })
    expect(written.length).toBeGreaterThan(12)
    expect(written.filter((one) => !fields.includes(one) && !own.test(one) && !ours.includes(one))).toEqual(
      name === 'datadog' ? ['pid'] : [],
    )
  })
})
