import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ContextSeed, createContext, type WorkContext } from '../context/request-context.js'
import type { Entry, Formatter } from '../logging/entry.js'
import { dialectNames } from '../logging/formatters/dialects/dialect-names.js'
import { dialectFormatter } from '../logging/formatters/dialects/dialects.js'
import { verbose } from '../logging/formatters/verbose.js'
import { json, text } from '../logging/line.js'
import type { LineBuffer } from '../logging/line-buffer.js'
import { checkedWriterOf, createLogger, type Logger } from '../logging/logger.js'
import { redaction } from '../safe-values/redaction.js'
import { defaultBounds } from '../safe-values/safe-value.js'
import { CallList } from '../work/calls.js'
import { HeldUp } from '../work/held-up.js'
import { OwnFields } from '../work/own-fields.js'
import { QueryList } from '../work/queries.js'
import { PlainRequests } from './plain-request.js'
import { memberRows } from './record-table.js'
import { RequestEvents } from './request-events.js'
import { RequestLog } from './request-log.js'
import { type RecordOwn, recordOf, type Service, type TrackedFigures } from './request-record.js'

const unheard = new RequestEvents(() => undefined, undefined)

const service: Service = { service: 'publisher', version: '1.0.0' }
const start = { startedAt: 1_764_000_000_000, startTick: 5_000 }
const dialects = Object.fromEntries(dialectNames.map((name) => [name, dialectFormatter(name)]))
const formats: Readonly<Record<string, Formatter>> = { json, text, verbose, ...dialects }
let now = 0

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.spyOn(Date, 'now').mockReturnValue(1_764_000_000_321)
  now = 5_012.3456
})
afterEach(() => vi.restoreAllMocks())

interface Setup {
  format?: Formatter
  redact?: readonly string[]
  beforeLine?: (entry: Entry) => Entry | undefined
  maxLineBytes?: number
}

/** A logger `requests` that keeps its lines; with a handler of the service no line takes the fast path. */
function kept(isCustom: boolean, { format = json, redact = [], beforeLine, maxLineBytes = 65_536 }: Setup) {
  const lines: string[] = []
  const buffer = { add: (line: string) => void lines.push(line) } as unknown as LineBuffer
  const bounds = { ...defaultBounds, characters: maxLineBytes }
  const handlers = [{ format, lines: buffer, isConsole: false, isCustom }]
  const core = {
    name: 'requests',
    redaction: redaction(redact),
    bounds,
    beforeLine,
    maxLineBytes,
    runTime: { choice: undefined },
    handlers,
  }
  return { lines, logger: createLogger(core, 'info') }
}

/** What both paths write of a request, and whether the first of them took the fast path. */
function both(context: WorkContext, own: RecordOwn, setup: Setup = {}, of: Service = service) {
  const [fast, general] = [kept(false, setup), kept(true, setup)]
  const plain = PlainRequests.of(of, checkedWriterOf(fast.logger))
  const record = own.tracked === undefined ? undefined : recordOf(context, of, start, own)
  const isFast = plain?.write(context, start, own, record) === true
  if (!isFast) new RequestLog(of, fast.logger, undefined, unheard).write(context, start, undefined, own)
  new RequestLog(of, general.logger, undefined, unheard).write(context, start, undefined, own)
  return { isFast, fast: fast.lines, general: general.lines }
}

const client = { readBytes: 120, writtenBytes: 340 }
const tracked: TrackedFigures = {
  figures: {
    cpu: { ms: 1.234, slices: 4, clock: 'thread', fromMs: 0 },
    gcMs: 0.5,
    memory: { allocatedBytes: 70_000 },
    fs: { readBytes: 10, writtenBytes: 20, operations: 2 },
    process: { cpuMs: 2.5, heapDeltaBytes: -40, rssDeltaBytes: 4_096, readBytes: 1, writtenBytes: 2, inFlight: 3 },
  },
  truncatedAt: undefined,
}
const usual: RecordOwn = {
  ...{ method: 'GET', route: '/posts/:id', path: '/posts/7', status: 200, client },
  ...{ remoteAddress: '203.0.113.7', userAgent: 'curl/8.5.0' },
}
const seed: ContextSeed = {
  requestId: 'trusted-1',
  clientRequestId: 'c-1',
  clientTraceId: '0af7651916cd43dd8448eb211c80319c',
  parentId: 'p-1',
  account: 'acme',
  user: 'mara',
}

describe('the fast path of the request line', () => {
  test.each(Object.keys(formats))('writes a usual request as the general path does, as %s', (name) => {
    const { isFast, fast, general } = both(createContext('request', seed), usual, {
      format: formats[name] as Formatter,
    })
    expect(isFast).toBe(true)
    expect(fast).toEqual(general)
    expect(fast[0]).toContain('GET /posts/7 200 12.3 ms')
  })

  test.each(Object.keys(formats))('writes a usual tracked request as the general path does, as %s', (name) => {
    const { isFast, fast, general } = both(
      createContext('request', seed),
      { ...usual, tracked },
      { format: formats[name] as Formatter },
    )
    expect(isFast).toBe(true)
    expect(fast).toEqual(general)
    expect(fast[0]).toContain('1.234')
  })

  test('leaves a tracked request without its record to the general path', () => {
    const context = createContext('request', seed)
    const { logger, lines } = kept(false, {})
    const plain = PlainRequests.of(service, checkedWriterOf(logger))
    expect(plain?.write(context, start, { ...usual, tracked })).toBe(false)
    expect(lines).toEqual([])
  })

  test.each(Object.keys(formats))('writes the longest timeline as the general path does, as %s', (name) => {
    const timeline = Array.from({ length: 65 }, (_, at): [number, number] => [at / 7, at === 3 ? -0 : at])
    const figures = { ...tracked.figures, timeline }
    const context = createContext('request', seed)
    const { isFast, fast, general } = both(
      context,
      { ...usual, tracked: { ...tracked, figures } },
      { format: formats[name] as Formatter },
    )
    expect(isFast).toBe(true)
    expect(fast).toEqual(general)
  })

  test('writes the same line as the general path for every request', () => {
    const words = fc.constantFrom(
      ...[
        'bearer abc',
        'Basic dXNlcjpwYXNz',
        'token=abc',
        'password:x',
        'AKIAABCDEFGHIJKLMNOP',
        'sk-ant-0123456789abcdefgh',
      ],
      ...[
        'eyJabcdefgh.a.b',
        '-----BEGIN PRIVATE KEY-----',
        '%3Dx',
        'aaaa1 bbbb',
        '\u202e',
        '"',
        '\\',
        '\n',
        '\u001b[31m',
        '/',
        'é',
        '\ud800',
      ],
    )
    const odd = fc.array(fc.oneof(words, fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 6 })), {
      maxLength: 4,
    })
    const anyText = fc.oneof(
      { weight: 20, arbitrary: fc.stringMatching(/^\/[a-z0-9]{1,5}(?:\/[\w.,@~-]{0,9}){0,3}$/) },
      fc.stringMatching(/^\/[\w.,@~/-]{0,40}$/),
      odd.map((parts) => parts.join('')),
      odd.map((parts) => `/${parts.join('/')}`),
      fc.webPath(),
      fc.stringMatching(/^[A-Za-z0-9]{4}$/),
      fc.integer({ min: 200, max: 400 }).map((length) => `/${'a'.repeat(length)}`),
    )
    const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
    const oddMethod = fc.constantFrom('BEARER', 'BASIC', '', 'ABCD', 'G T', 'a:b')
    const method = fc.oneof({ weight: 20, arbitrary: fc.constantFrom('GET', 'POST', 'M-SEARCH') }, oddMethod, anyText)
    const rarely = <T>(value: T) => fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constant(value))
    const bytes = fc.oneof(
      { weight: 20, arbitrary: fc.nat() },
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0),
    )
    const number = fc.oneof(
      { weight: 150, arbitrary: fc.nat() },
      { weight: 150, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
      { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -0) },
    )
    const anyFigures = fc.record({
      figures: fc.record({
        cpu: fc.record({ ms: number, slices: number, clock: fc.constantFrom('thread', 'wall'), fromMs: number }),
        gcMs: maybe(number),
        memory: maybe(fc.record({ allocatedBytes: number })),
        fs: maybe(fc.record({ readBytes: number, writtenBytes: number, operations: number })),
        process: fc.record({
          ...{ cpuMs: maybe(number), heapDeltaBytes: maybe(number), rssDeltaBytes: maybe(number) },
          ...{ readBytes: maybe(number), writtenBytes: maybe(number), inFlight: number },
        }),
        timeline: maybe(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 5 })),
        heldUp: maybe(
          fc.tuple(number, maybe(number)).map(([ms, beforeStartMs]) => {
            const heldUp = Object.assign(new HeldUp(), { beforeStartMs })
            heldUp.add(start.startTick, start.startTick + ms)
            return heldUp
          }),
        ),
      }),
      truncatedAt: maybe(fc.constant(start.startTick + 1)),
    })
    const requests = fc.record({
      own: fc.record({
        method: fc.oneof({ weight: 20, arbitrary: method }, fc.constant(undefined)),
        route: maybe(anyText),
        path: fc.oneof({ weight: 20, arbitrary: anyText }, fc.constant(undefined)),
        status: maybe(
          fc.oneof(
            { weight: 20, arbitrary: fc.integer({ min: 100, max: 499 }) },
            fc.integer({ min: 90, max: 1_200 }),
            fc.constantFrom(200.5, Number.NaN, -0),
          ),
        ),
        remoteAddress: maybe(fc.oneof(fc.ipV4(), fc.ipV6(), anyText)),
        userAgent: maybe(fc.oneof(fc.constantFrom('curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64)'), anyText)),
        aborted: rarely(true as const),
        upgraded: rarely(true as const),
        contextLost: rarely(true as const),
        client: maybe(fc.record({ readBytes: bytes, writtenBytes: bytes })),
        error: rarely(new Error('broken')),
        tracked: maybe(anyFigures),
      }),
      seed: fc.record({
        account: maybe(anyText),
        user: maybe(anyText),
        clientRequestId: maybe(anyText),
        clientTraceId: maybe(anyText),
        parentId: fc.constantFrom(undefined, 'p-1'),
      }),
      jobsQueued: rarely(2),
      accountSwitched: rarely(true),
      tookMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
      format: fc.constantFrom(...Object.values(formats)),
      redact: fc.oneof(
        { weight: 20, arbitrary: fc.constant([]) },
        fc.constantFrom(['user'], ['path'], ['pid'], ['kind'], ['slug']),
      ),
      maxLineBytes: fc.constantFrom(65_536, 65_536, 4_096, 256),
      beforeLine: rarely((entry: Entry) => ({ ...entry, message: 'x' })),
      of: fc.constantFrom(
        service,
        service,
        { service: 'a b', version: undefined },
        { service: 'a', version: 'token=abc' },
      ),
    })
    let [fastOnes, fastAndTracked] = [0, 0]
    fc.assert(
      fc.property(requests, ({ own, seed, jobsQueued, accountSwitched, tookMs, of, ...setup }) => {
        const context = createContext('request', seed)
        Object.assign(context.work, { jobsQueued: jobsQueued ?? 0, accountSwitched: accountSwitched ?? false })
        now = start.startTick + tookMs
        const { isFast, fast, general } = both(context, own, setup as Setup, of)
        if (isFast) fastOnes++
        if (isFast && own.tracked !== undefined) fastAndTracked++
        expect(fast).toEqual(general)
      }),
      { numRuns: 5_000 },
    )
    expect(fastOnes).toBeGreaterThan(200)
    expect(fastAndTracked).toBeGreaterThan(50)
  })

  test.each(['/a-bearer abc', '/long-word-eyJabcde..', '/a:b', '/a%3Db', '/AKIAABCDEFGHIJKLMNOP', '/"', '/é'])(
    'leaves the path %s to the general path',
    (path) => {
      const { isFast, fast, general } = both(createContext('request', seed), { ...usual, path })
      expect(isFast).toBe(false)
      expect(fast).toEqual(general)
    },
  )

  test('writes usual requests of any clean path, user and account', () => {
    const clean = fc.stringMatching(/^\/?[\w.,@~/-]{1,60}$/)
    fc.assert(
      fc.property(clean, clean, clean, clean, (path, user, account, route) => {
        const { fast, general } = both(createContext('request', { user, account }), { ...usual, path, route })
        expect(fast).toEqual(general)
      }),
      { numRuns: 1_000 },
    )
  })

  const added = (): OwnFields => {
    const own = new OwnFields()
    own.add('plan', 'pro')
    own.count('tokens', 7)
    return own
  }
  const failing = new Error('broken')
  const figures = { figures: {} as never, truncatedAt: 1 }
  /** What makes a line have each member that the fast path does not write. */
  const general: Readonly<Record<string, (context: WorkContext) => [WorkContext, Partial<RecordOwn>]>> = {
    jobsQueued: (context) => [Object.assign(context, { work: { ...context.work, jobsQueued: 1 } }), {}],
    accountSwitched: (context) => [Object.assign(context, { work: { ...context.work, accountSwitched: true } }), {}],
    outgoing: (context) => [Object.assign(context, { work: { ...context.work, calls: new CallList() } }), {}],
    queries: (context) => [Object.assign(context, { work: { ...context.work, queries: new QueryList() } }), {}],
    fields: (context) => [Object.assign(context, { work: { ...context.work, ownFields: added() } }), {}],
    counts: (context) => [Object.assign(context, { work: { ...context.work, ownFields: added() } }), {}],
    aborted: (context) => [context, { aborted: true }],
    upgraded: (context) => [context, { upgraded: true }],
    contextLost: (context) => [context, { contextLost: true }],
    error: (context) => [context, { error: failing }],
    ...Object.fromEntries(
      ['cpu', 'waits', 'beforeStartMs', 'truncated', 'gcMs', 'memory', 'process', 'timeline'].map((name) => [
        name,
        (context: WorkContext) => [context, { tracked: figures }] as [WorkContext, Partial<RecordOwn>],
      ]),
    ),
    ...Object.fromEntries(
      ['attempt', 'queuedMs', 'stalled', 'maxAttempts', 'willRetry', 'nextAttemptInMs', 'name'].map((name) => [
        name,
        () => [createContext('job', seed), { [name]: 1 }] as [WorkContext, Partial<RecordOwn>],
      ]),
    ),
  }

  test.each(memberRows.filter(([, { inLine }]) => inLine).map(([name]) => name))(
    'writes %s, or leaves a request that has it to the general path',
    (name) => {
      const context = createContext('request', seed)
      const { isFast, fast } = both(context, usual)
      expect(isFast).toBe(true)
      if (name in JSON.parse(fast[0] as string)) return
      const [with_, own] = (general[name] as NonNullable<(typeof general)[string]>)(context)
      const { logger, lines } = kept(false, {})
      expect(PlainRequests.of(service, checkedWriterOf(logger))?.write(with_, start, { ...usual, ...own })).toBe(false)
      expect(lines).toEqual([])
    },
  )
})

describe('every line takes the general path', () => {
  const plainOf = (logger: Logger, of = service): PlainRequests | undefined =>
    PlainRequests.of(of, checkedWriterOf(logger))

  test('where beforeLine or a handler of the service sees it', () => {
    expect(plainOf(kept(true, {}).logger)).toBe(undefined)
    expect(plainOf(kept(false, { beforeLine: (entry) => entry }).logger)).toBe(undefined)
    expect(plainOf({ ...kept(false, {}).logger } as Logger)).toBe(undefined)
  })

  test('where redact hides one of its members, or the name of the service needs a closer look', () => {
    for (const name of ['user', 'path', 'kind', 'readBytes', 'waits', 'heldUpMs', 'beforeStartMs', 'inFlight']) {
      expect(plainOf(kept(false, { redact: [name] }).logger)).toBe(undefined)
    }
    expect(plainOf(kept(false, {}).logger, { service: 'token=abc', version: undefined })).toBe(undefined)
  })

  test('where the service replaced the method info of its logger', () => {
    const { logger, lines } = kept(false, {})
    const log = new RequestLog(service, logger, undefined, unheard)
    const info = vi.fn()
    logger.info = info
    log.write(createContext('request'), start, undefined, usual)
    expect(info).toHaveBeenCalledOnce()
    expect(lines).toEqual([])
  })

  test('where code of the service added a member to all objects', () => {
    Object.defineProperty(Object.prototype, 'added', { value: 1, enumerable: true, configurable: true, writable: true })
    try {
      const { isFast, fast, general } = both(createContext('request', seed), usual)
      expect(isFast).toBe(false)
      expect(fast).toEqual(general)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'added')
    }
  })
})

test('a request line is dropped where the level of its logger is above info', () => {
  const { logger, lines } = kept(false, {})
  logger.level = 'warn'
  new RequestLog(service, logger, undefined, unheard).write(createContext('request'), start, undefined, usual)
  expect(lines).toEqual([])
  logger.level = 'info'
  new RequestLog(service, logger, undefined, unheard).write(createContext('request'), start, undefined, usual)
  expect(lines).toHaveLength(1)
})

test('the fast path is prepared for the first request, not at the start, because that loads node:crypto', () => {
  const prepare = vi.spyOn(PlainRequests, 'of')
  const log = new RequestLog(service, kept(false, {}).logger, undefined, unheard)
  expect(prepare).not.toHaveBeenCalled()
  log.write(createContext('request'), start, undefined, usual)
  log.write(createContext('request'), start, undefined, usual)
  expect(prepare).toHaveBeenCalledOnce()
})
