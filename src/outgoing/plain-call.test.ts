import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createContext, type WorkContext } from '../context/request-context.js'
import { runWith, runWithout } from '../context/storage.js'
import type { Entry, Formatter } from '../logging/entry.js'
import { verbose } from '../logging/formatters/verbose.js'
import { json, text } from '../logging/line.js'
import type { LineBuffer } from '../logging/line-buffer.js'
import { createLogger } from '../logging/logger.js'
import { redaction } from '../safe-values/redaction.js'
import { defaultBounds } from '../safe-values/safe-value.js'
import { OpenCall } from './call.js'
import { CallLines } from './call-line.js'
import { PlainCalls } from './plain-call.js'

const formats: Readonly<Record<string, Formatter>> = { json, text, verbose }

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(1_764_000_000_321)
})
afterEach(() => vi.restoreAllMocks())

interface Setup {
  name?: string
  format?: Formatter
  redact?: readonly string[]
  beforeLine?: ((entry: Entry) => Entry | undefined) | undefined
  maxLineBytes?: number
}

/** The lines of a logger that keeps them; with a handler of the service, no line takes the fast path. */
function kept(isCustom: boolean, { name = 'blog', format = json, redact = [], beforeLine, maxLineBytes }: Setup) {
  const lines: string[] = []
  const buffer = { add: (line: string) => void lines.push(line) } as unknown as LineBuffer
  const bytes = maxLineBytes ?? 65_536
  const bounds = { ...defaultBounds, characters: bytes }
  const handlers = [{ format, lines: buffer, isConsole: false, isCustom }]
  const core = {
    name,
    redaction: redaction(redact),
    bounds,
    beforeLine,
    maxLineBytes: bytes,
    runTime: { choice: undefined },
    handlers,
  }
  const logger = createLogger(core, 'info')
  return { lines, logger, calls: new CallLines(logger) }
}

interface Ended {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly status?: number | undefined
  readonly ms?: number
  readonly errorCode?: string | undefined
  readonly aborted?: true | undefined
  readonly unfinished?: true | undefined
}

function callOf(ended: Ended, context: WorkContext | undefined): OpenCall {
  const { method = 'GET', host = 'blog.example', path = '/posts/7', status, ms = 12.3456, ...end } = ended
  const call = new OpenCall({ method, host, path, origin: `https://${host}` }, context, undefined, () => {})
  return Object.assign(call, end, { status, end: call.start + ms })
}

const context = createContext('request', { requestId: 'r-1', account: 'acme' })

/** What both paths write of calls, and how many lines took the fast path. */
function both(calls: readonly Ended[], setup: Setup = {}, of: WorkContext | undefined = context) {
  const [fast, general] = [kept(false, setup), kept(true, setup)]
  const write = vi.spyOn(PlainCalls.prototype, 'write')
  for (const ended of calls) {
    const call = callOf(ended, of)
    fast.calls.write(call)
    general.calls.write(call)
  }
  const fastOnes = write.mock.results.filter(({ value }) => value === true).length
  write.mockRestore()
  return { fastOnes, fast: fast.lines, general: general.lines }
}

const usual: Ended = { status: 200 }

describe('the fast path of the line of a call', () => {
  test.each(Object.keys(formats))('writes usual calls as the general path does, as %s', (name) => {
    const calls = [usual, { ...usual, status: 304, ms: 0.0004 }, { ...usual, path: '/posts/8?token=abc', ms: 2_412 }]
    const { fastOnes, fast, general } = both(calls, { format: formats[name] as Formatter })
    expect(fastOnes).toBe(3)
    expect(fast).toEqual(general)
    expect(fast[0]).toContain('GET blog.example/posts/:id 200 12.3 ms')
    expect(fast[2]).toContain('GET blog.example/posts/:id 200 2.41 s')
  })

  test('takes calls to a port, to an address, and without a request', () => {
    const hosts = ['localhost:8080', '127.0.0.1:8080', 'blog', 'a-b.example:1']
    const calls = hosts.map((host) => ({ ...usual, host }))
    for (const of of [context, undefined]) {
      const { fastOnes, fast, general } = both(calls, {}, of)
      expect(fastOnes).toBe(hosts.length)
      expect(fast).toEqual(general)
    }
  })

  test('writes the same line as the general path for every call', () => {
    const words = fc.constantFrom(
      ...['bearer abc', 'bearer', 'Basic', 'token=abc', 'token:', 'password:x', 'cookie:', 'secret', 'api_key', ':id'],
      ...['AKIAABCDEFGHIJKLMNOP', 'sk-ant-0123456789abcdefgh', 'eyJabcdefgh.a.b', 'abcd Efg1 abcd abcd', '%3Dx', '@'],
      ...[
        '-----BEGIN PRIVATE KEY-----',
        '\u202e',
        '"',
        '\\',
        '\n',
        '\u001b[31m',
        '/',
        '//',
        ':',
        'é',
        '\ud800',
        '</a>',
      ],
    )
    const odd = fc.array(fc.oneof(words, fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 6 })), {
      maxLength: 4,
    })
    const path = fc.oneof(
      { weight: 10, arbitrary: fc.stringMatching(/^\/[a-z0-9]{1,5}(?:\/[\w.,@~-]{0,9}){0,3}$/) },
      { weight: 3, arbitrary: fc.array(words, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`) },
      odd.map((parts) => `/${parts.join('/')}`),
      odd.map((parts) => parts.join('')),
      fc.integer({ min: 180, max: 400 }).map((length) => `/${'ab/'.repeat(length / 3)}`),
    )
    const host = fc.oneof(
      {
        weight: 10,
        arbitrary: fc.constantFrom('blog.example', 'localhost:3000', '127.0.0.1:8080', '[::1]:80', 'blog'),
      },
      fc.constantFrom('token:8080', 'password', 'bearer', 'xn--bcher-kva.example', 'password.example:1', 'a_b:22'),
      fc.domain(),
    )
    const method = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('GET', 'POST', 'M-SEARCH') },
      fc.constantFrom('BEARER', 'BASIC', '', 'ABCD', 'G T', 'a:b', 'token:'),
    )
    const rarely = <T>(value: T) => fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constant(value))
    const status = fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 100, max: 399 }) },
      fc.integer({ min: 0, max: 1_200 }),
      fc.constantFrom(undefined, 200.5, Number.NaN),
    )
    const ms = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(0, 0.0004, 999.4, 999.6))
    // Several ends of one kind of call, so that its prepared parts are used again.
    const end = fc.record({
      status,
      ms,
      errorCode: rarely('ECONNRESET'),
      aborted: rarely(true as const),
      unfinished: rarely(true as const),
    })
    const kind = fc.record({ method, host, path, ends: fc.array(end, { minLength: 1, maxLength: 3 }) })
    const setup = fc.record({
      name: fc.constantFrom('blog', 'blog', 'requests', 'a b'),
      format: fc.constantFrom(...Object.values(formats)),
      redact: fc.oneof(
        { weight: 20, arbitrary: fc.constant([]) },
        fc.constantFrom(['host'], ['route'], ['status'], ['durationMs'], ['slug'], ['posts'], ['method']),
      ),
      maxLineBytes: fc.constantFrom(65_536, 65_536, 4_096, 256),
      beforeLine: rarely((entry: Entry) => ({ ...entry, message: 'x' })),
    })
    const seeds = fc.constantFrom(undefined, {}, { account: 'acme' }, { account: 'a"b', parentId: 'p-1' })
    let fastLines = 0
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 3 }), setup, seeds, (kinds, setup, seed) => {
        const of = seed === undefined ? undefined : createContext('request', seed)
        const calls = kinds.flatMap(({ ends, ...named }) => ends.map((end) => ({ ...named, ...end })))
        const { fastOnes, fast, general } = both(calls, setup, of)
        fastLines += fastOnes
        expect(fast).toEqual(general)
      }),
      { numRuns: 3_000 },
    )
    expect(fastLines).toBeGreaterThan(1_000)
  })

  test('counts a line for its request as the general path does', () => {
    for (const isCustom of [false, true]) {
      const of = createContext('request', {})
      const { calls } = kept(isCustom, {})
      calls.write(callOf(usual, of))
      expect(of.work).toMatchObject({ lines: 1, warnings: 0, errors: 0 })
    }
  })

  test('writes the line for the request that made the call, wherever the call ends', () => {
    const other = createContext('request', { requestId: 'r-2', account: 'other' })
    const { calls, lines } = kept(false, {})
    runWith(other, () => calls.write(callOf(usual, context)))
    runWith(other, () => calls.write(callOf(usual, undefined)))
    runWithout(() => calls.write(callOf(usual, context)))
    expect(lines.map((line) => JSON.parse(line).account)).toEqual(['acme', undefined, 'acme'])
  })

  test('forgets kinds of calls when there are too many, and continues', () => {
    const calls = Array.from({ length: 1_200 }, (_, at) => ({ ...usual, path: `/a${at % 700}b/x` }))
    const { fastOnes, fast, general } = both(calls)
    expect(fastOnes).toBe(calls.length)
    expect(fast).toEqual(general)
  })
})

describe('the line of a call takes the general path', () => {
  test.each<[string, Ended]>([
    ['an error', { errorCode: 'ECONNRESET' }],
    ['a call without an answer', {}],
    ['a status of 400', { status: 400 }],
    ['a status of 500', { status: 500 }],
    ['a call that its caller left', { ...usual, aborted: true }],
    ['a call that is not over', { ...usual, unfinished: true }],
    ['a route that ends with bearer', { ...usual, path: '/bearer' }],
    ['a key of a service in the path', { ...usual, path: '/sk-ant-abcdefghijklmnop' }],
    ['a letter beyond ASCII', { ...usual, path: '/é' }],
    ['a long route', { ...usual, path: `/${'ab/'.repeat(90)}` }],
  ])('for %s', (_, ended) => {
    const { fastOnes, fast, general } = both([ended, ended])
    expect(fastOnes).toBe(0)
    expect(fast).toEqual(general)
  })

  test('where redact hides one of its members', () => {
    for (const name of ['host', 'route', 'status', 'durationMs']) {
      const { fastOnes, fast, general } = both([usual], { redact: [name] })
      expect(fastOnes).toBe(0)
      expect(fast).toEqual(general)
    }
  })

  test('where the service replaced the method info of its logger', () => {
    const { logger, calls, lines } = kept(false, {})
    calls.write(callOf(usual, context))
    const info = vi.fn()
    logger.info = info
    calls.write(callOf(usual, context))
    expect(info).toHaveBeenCalledOnce()
    expect(lines).toHaveLength(1)
  })

  test('where code of the service added a member to all objects', () => {
    Object.defineProperty(Object.prototype, 'added', { value: 1, enumerable: true, configurable: true, writable: true })
    try {
      const { fastOnes, fast, general } = both([usual])
      expect(fastOnes).toBe(0)
      expect(fast).toEqual(general)
    } finally {
      Reflect.deleteProperty(Object.prototype, 'added')
    }
  })
})

test('the line of a call is dropped where the level of its logger is above info', () => {
  const { logger, calls, lines } = kept(false, {})
  logger.level = 'warn'
  calls.write(callOf(usual, context))
  expect(lines).toEqual([])
  logger.level = 'info'
  calls.write(callOf(usual, context))
  expect(lines).toHaveLength(1)
})
