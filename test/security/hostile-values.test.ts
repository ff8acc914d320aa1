import { describe, expect, test } from 'vitest'
import { defineLogs } from '../../src/logging/define-logs.js'
import type { Entry } from '../../src/logging/entry.js'
import type { Handler } from '../../src/logging/handlers/handler.js'
import type { Logger } from '../../src/logging/logger.js'
import { leastCpuMs } from '../least-cpu.js'
import { temporaryFolder } from '../programs/folder.js'

// Generous, because machines are shared: each took 0.3 to 60 s, or ended in an exception, without its bound.
const maxCpuMs = 1_500
const million = 1_000_000

function loggerOf(beforeLine?: (entry: Entry) => Entry | undefined): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const handler: Handler = {
    write: (text) => void lines.push(...String(text).trimEnd().split('\n')),
    flush: async () => {},
    close: async () => {},
  }
  const logs = defineLogs({
    directory: temporaryFolder(),
    loggers: { a: { format: 'json', level: 'trace', console: false, flush: 'line', handlers: [handler] } },
    beforeLine,
  })
  return { logger: logs.get('a'), lines }
}

const boom = (): never => {
  throw new Error('boom')
}
const hostile = new Proxy(
  {},
  { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom },
)
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

describe('a logger does not throw for hostile values', () => {
  const values: [string, unknown][] = [
    ['a Proxy whose traps all throw', hostile],
    ['a revoked Proxy', revoked({})],
    ['a revoked Proxy of a function', revoked(() => {})],
    ['a revoked Proxy of an array', revoked([])],
    ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: boom })],
    ['a toJSON that throws', { toJSON: boom }],
    ['a constructor that throws', Object.create(Object.defineProperty({}, 'constructor', { get: boom }))],
    ['a Symbol.toPrimitive that throws', { [Symbol.toPrimitive]: boom }],
    ['a Symbol.toStringTag that throws', Object.defineProperty({}, Symbol.toStringTag, { get: boom })],
    ['a false Headers', { [Symbol.toStringTag]: 'Headers' }],
    ['a false FormData that never ends', { [Symbol.toStringTag]: 'FormData', *[Symbol.iterator]() { for (;;) yield [] } }], // biome-ignore format: one line
    ['an array whose iterator throws', Object.assign([1, 2], { [Symbol.iterator]: boom })],
    ['a Map whose iterator throws', Object.assign(new Map([[1, 2]]), { [Symbol.iterator]: boom })],
    ['a Date whose methods throw', Object.assign(new Date(), { getTime: boom, toISOString: boom })],
    ['an error whose message throws', Object.defineProperty(new Error('x'), 'message', { get: boom })],
    ['an error whose stack throws', Object.defineProperty(new Error('x'), 'stack', { get: boom })],
    ['an error whose message is an object', Object.assign(new Error('x'), { message: Object.create(null) })],
    ['an error whose cause throws', Object.defineProperty(new Error('x'), 'cause', { get: boom })],
    ['an error that is a Proxy', new Proxy(new Error('x'), { get: boom })],
    ['an object without prototype', Object.create(null)],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['half of a surrogate pair', '\ud800'],
    ['undefined', undefined],
    ['null', null],
  ]

  test.each(values)('%s: as fields, message, value, error, binding, serializer and option', (_, value) => {
    const { logger, lines } = loggerOf()
    const odd = value as never
    logger.info(odd)
    logger.info({ value, err: value, error: value, req: value, res: value, list: [value] }, 'a')
    logger.info({}, odd, value)
    logger.info('%s %d %i %f %j %o %O %c', value, value, value, value, value, value, value, value, value)
    logger.error(new Error('x', { cause: value }), odd)
    logger.error(Object.assign(new Error('x'), { password: value, sql: value, args: [value], path: value, value }))
    for (const child of [
      logger.child(odd),
      logger.child({ value, err: value }, odd),
      logger.child({}, { serializers: odd }),
      logger.child({}, { level: odd }),
      logger.child({ a: 1 }, { serializers: { a: boom, b: odd } }),
    ]) {
      child.info({ a: value, b: 1 }, 'from a child')
    }
    logger.isLevelEnabled(odd)
    expect(lines.filter((line) => line.includes('from a child'))).toHaveLength(5)
    for (const line of lines) JSON.parse(line)
  })

  test.each<[string, unknown]>([
    ['a time beyond what Date holds', { time: 8.64e15 + 1 }],
    ['a time before it', { time: -1e300 }],
    ['a time that is a bigint', { time: 1n }],
    ['a message that throws', { message: { [Symbol.toPrimitive]: boom } }],
    ['fields that throw', { fields: hostile }],
    ['no fields', { fields: undefined }],
    ['an invalid level', { level: { toString: boom } }],
    ['a Proxy', undefined],
  ])('beforeLine gives %s', (_, own) => {
    const { logger, lines } = loggerOf((entry) => (own === undefined ? hostile : { ...entry, ...own }) as Entry)
    logger.info({ a: 1 }, 'hello')
    expect(lines).toHaveLength(1)
    expect(Math.abs(Date.parse(JSON.parse(lines[0] as string).time) - Date.now())).toBeLessThan(60_000)
  })

  test('a child with an invalid level keeps the level of its parent, and logs a warning', () => {
    const { logger, lines } = loggerOf()
    expect(logger.child({}, { level: 'loud' }).level).toBe('trace')
    expect(lines).toEqual([expect.stringContaining('child: level: expected one of trace')])
  })

  test('members of Object.prototype do not reach a line', () => {
    const { logger, lines } = loggerOf()
    const all = Object.prototype as { added?: string }
    all.added = 'CANARY'
    try {
      logger.info({ a: 1 }, 'hello')
    } finally {
      delete all.added
    }
    expect(lines[0]).not.toContain('CANARY')
  })
})

describe('the cost of a value is bounded for any size', () => {
  const keys = (): object => Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`k${at}`, at]))
  const chain = (): Error => {
    let error = new Error('last')
    for (let at = 0; at < 100_000; at++) error = new Error('x', { cause: error })
    return error
  }
  const nested = (): unknown => {
    let value: unknown = 1
    for (let at = 0; at < 100_000; at++) value = [value]
    return value
  }
  const errorWith = (own: object): Error => Object.assign(new Error('x'), own)
  const long = 'password=x '.repeat(2 * million)
  const values: [string, () => unknown][] = [
    ['text of 22 MB', () => long],
    ['a Buffer of 1 GB', () => Buffer.allocUnsafeSlow(2 ** 30)],
    ['a typed array of 512 MB', () => new Uint32Array(2 ** 27)],
    ['an array of 5 million items', () => new Array(5 * million).fill('x')],
    ['a sparse array of 4 billion', () => new Array(2 ** 32 - 1)],
    ['raw headers of 5 million items', () => ({ rawHeaders: new Array(5 * million).fill('x') })],
    ['a Map of a million', () => new Map(Array.from({ length: million }, (_, at) => [at, at]))],
    ['a Set of a million', () => new Set(Array.from({ length: million }, (_, at) => at))],
    ['200,000 keys', keys],
    ['a key of 22 MB', () => ({ [long]: long })],
    ['a bigint of a million digits', () => 2n ** 3_400_000n],
    ['a Map with a bigint of a million digits as key', () => new Map([[2n ** 3_400_000n, 1]])],
    ['a symbol of 22 MB', () => Symbol(long)],
    ['a regular expression of 1 MB', () => new RegExp('a'.repeat(million))],
    [
      'search parameters of 100,000',
      () => new URLSearchParams(Array.from({ length: 100_000 }, (): [string, string] => ['a', 'b'])),
    ],
    ['a chain of 100,000 causes', chain],
    ['100,000 nested arrays', nested],
    ['an error of 22 MB', () => errorWith({ message: long, stack: long, name: long, code: long })],
    ['an error with 200,000 keys', () => errorWith(keys())],
    [
      'an error with a million secrets',
      () => errorWith({ password: new Array(million).fill(0).map((_, at) => `secret ${at}`) }),
    ],
    ['an error with a secret of 22 MB that it quotes', () => errorWith({ password: long, message: long })],
    ['secrets that begin like its message', () => errorWith({ params: Array.from({ length: 3_000 }, (_, at) => `${'a'.repeat(500)}${at}`), message: 'a'.repeat(65_000) })], // biome-ignore format: one line
    ['a statement of 22 MB', () => errorWith({ sql: long, message: long })],
    ['a statement of quotes', () => errorWith({ sql: "'".repeat(65_000), message: "'".repeat(65_000) })],
    ['a message of quotes', () => errorWith({ message: '"`\''.repeat(20_000) })],
    ['a message of brackets', () => errorWith({ message: `${'['.repeat(30_000)}${']'.repeat(30_000)}` })],
    ['a path of 22 MB', () => errorWith({ path: long, value: 1 })],
    ['a path of a million parts', () => errorWith({ path: new Array(million).fill('a'), value: 1 })],
    ['a toJSON that gives 200,000 keys', () => ({ toJSON: keys })],
  ]
  const ways: [string, (logger: Logger, value: unknown) => void][] = [
    ['fields', (logger, value) => logger.info(value)],
    ['a field', (logger, value) => logger.info({ value, err: value }, 'a')],
    ['the message', (logger, value) => logger.info({}, value as string)],
    ['values', (logger, value) => logger.info('%s %j %d %i', value, value, value, value, value)],
    ['a binding', (logger, value) => void logger.child(value as object)],
  ]

  test.each(values)('%s', (_, make) => {
    const { logger, lines } = loggerOf()
    const value = make()
    for (const [, log] of ways) log(logger, value)
    expect(lines).toHaveLength(ways.length - 1)
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(65_536)
    const took = ways.map(([name, log]) => [name, leastCpuMs(maxCpuMs, () => log(logger, value))] as const)
    expect(took.filter(([, ms]) => ms >= maxCpuMs)).toEqual([])
  })

  test('a message with 100,000 values', () => {
    const { logger, lines } = loggerOf()
    const values = new Array(100_000).fill(long)
    logger.info('a', ...values)
    expect(lines).toHaveLength(1)
    expect(leastCpuMs(maxCpuMs, () => logger.info('a', ...values))).toBeLessThan(maxCpuMs)
  })
})
