// The call shapes of pino's own tests (basic, error, error-key, escaping, serializers, levels, complex-objects), run with
// pino and with Spoor. The messages and fields are the same, but for the differences listed by name below and in docs/logs.md.
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { defineLogs } from '../src/logging/define-logs.js'
import type { Handler } from '../src/logging/handlers/handler.js'

type Method = (...args: unknown[]) => void

/** What both loggers have. */
interface AnyLogger {
  level: string
  trace: Method
  debug: Method
  info: Method
  warn: Method
  error: Method
  fatal: Method
  silent: Method
  isLevelEnabled(level: string): boolean
  child(bindings: object, options?: object): AnyLogger
}

interface Shape {
  level: string
  message: string
  fields: Record<string, unknown>
}

function ofPino(log: (logger: AnyLogger) => void): Shape[] {
  const written: string[] = []
  const stream = { write: (line: string) => void written.push(line) }
  log(pino({ level: 'info', base: null }, stream) as unknown as AnyLogger)
  return written.map((line) => {
    const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
    const name = pino.levels.labels[level as number] as string
    const message = msg === undefined ? '' : String(msg)
    return { level: name, message, fields: err === undefined ? fields : { ...fields, error: err } }
  })
}

function ofSpoor(log: (logger: AnyLogger) => void): Shape[] {
  const written: string[] = []
  const handler: Handler = {
    write: (lines) => void written.push(String(lines)),
    flush: async () => {},
    close: async () => {},
  }
  const a = { console: false, format: 'json', flush: 'line', handlers: [handler] } as const
  log(defineLogs({ files: false, root: { console: false }, loggers: { a } }).get('a') as AnyLogger)
  const lines = written.join('').split('\n').slice(0, -1)
  return lines.map((line) => {
    const { time, level, logger, message, ...fields } = JSON.parse(line) as Record<string, unknown>
    return { level: level as string, message: message as string, fields }
  })
}

class Bar extends Error {}
const error = new Error('myerror')
const withMembers = Object.assign(new Error('myerror'), { foo: 'bar', statusCode: 500 })
const withCause = new Error('outer', { cause: new Error('inner') })
const withoutStack = (): Error => {
  const made = new Error('myerror')
  delete made.stack
  return made
}
const withToString = Object.assign(new Error('myerror'), { toString: () => undefined })
const nullPrototype = Object.assign(Object.create(null), { test: 'test' })
const ofNames = { toString: 'a', constructor: 'b', valueOf: 'c', hasOwnProperty: 'd', isPrototypeOf: 'g' }
const deep = { node: { node: { node: { node: { node: {} } } } } }
const upper = { test: () => 'parent' }

const levelNames = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

const ofLevels = levelNames.flatMap((level): [string, (log: AnyLogger) => void][] => {
  const at = (log: AnyLogger): Method => {
    log.level = level
    return log[level]
  }
  const call =
    (...args: unknown[]) =>
    (log: AnyLogger): void =>
      at(log).call(log, ...args)
  return [
    [`${level}: (message)`, call('hello world')],
    [`${level}: (fields)`, call({ hello: 'world' })],
    [`${level}: (fields, message)`, call({ hello: 'world' }, 'a string')],
    [`${level}: (undefined, message)`, call(undefined, 'a string')],
    [`${level}: (message, number)`, call('hello %d', 42)],
    [`${level}: (message, symbol)`, call('hello %s', Symbol('foo'))],
    [`${level}: ({ err })`, call({ err: error })],
    [`${level}: child`, (log) => { log.level = level; log.child({ hello: 'world' })[level]('hello world') }], // biome-ignore format: one line says it
  ]
})

const info =
  (...args: unknown[]) =>
  (log: AnyLogger): void =>
    log.info(...args)

const same: [string, (log: AnyLogger) => void][] = [
  ...ofLevels,
  ['()', info()],
  ['(message)', info('hello')],
  ['(message with a percent sign)', info('100%')],
  ['(message with a placeholder, without values)', info('a %s and 100%%')],
  ['(message, string)', info('foo %s', 'bar')],
  ['(message, number for %s)', info('foo %s', 7)],
  ['(message, %d)', info('%d posts', 3)],
  ['(message, %d of text)', info('%d posts', '3.5')],
  ['(message, %f)', info('%f', 1.5)],
  ['(message, %i)', info('%i', 2.9)],
  ['(message, %j)', info('test %j', { a: { b: 1 } })],
  ['(message, %o)', info('test %o', { a: [1, 2] })],
  ['(message, %O)', info('test %O', [1, { a: 2 }])],
  ['(message, %% and values)', info('100%% of %s', 'x')],
  ['(message, fewer values than placeholders)', info('%s and %s', 'a')],
  ['(message, boolean, null and undefined for %s)', info('%s %s %s', true, null, undefined)],
  ['(fields, message, value)', info({ answer: 42 }, 'foo %s', 'bar')],
  ['({}, message, value)', info({}, 'foo %s', 'bar')],
  ['(fields, number)', info({ answer: 42 }, 1)],
  ['(fields, null)', info({ answer: 42 }, null)],
  ['(fields, undefined)', info({ answer: 42 }, undefined)],
  ['(number)', info(1)],
  ['(boolean)', info(true)],
  ['(null)', info(null)],
  ['(null, message, value)', info(null, 'a %s', 'string')],
  ['(undefined)', info(undefined)],
  ['({ msg })', info({ msg: 'my message' })],
  ['({ msg, … })', info({ msg: 'my message', a: 1 })],
  ['({ msg, err })', info({ msg: 'my message', err: error })],
  ['({ err, … })', info({ err: error, a: 1 })],
  ['({ err }, message)', info({ err: error }, 'failed')],
  ['({ err }, undefined)', info({ err: error }, undefined)],
  ['(error)', info(error)],
  ['(error, message)', info(error, 'msg message')],
  ['(error, message, value)', info(error, 'msg %s', 'x')],
  ['(error with members)', info(withMembers)],
  ['(error of a class)', info(new Bar('myerror'))],
  ['(ReferenceError)', info(new ReferenceError('test'))],
  ['({ property: undefined })', info({ hello: 'world', property: undefined })],
  ['(object without a prototype)', info(nullPrototype)],
  ['(names of Object.prototype)', info(ofNames, 'incoming request')],
  ['(nested objects)', info(deep)],
  ['(toJSON)', info({ test: { toJSON: () => ({ a: 1 }) } })],
  ['(date)', info({ at: new Date(0) })],
  ['(quotes)', info('this contains "')],
  ['(quotes at the begin)', info('" this contains')],
  ['(quote in a key)', info({ 'some"obj': 'world' }, 'a string')],
  ...['\n', '/', '\\', '\r', '\t', '\b', '\u0000', '\u001b', '\u2028', '💩'].map(
    (text): [string, (log: AnyLogger) => void] => [`(${JSON.stringify(text)})`, info(`this contains ${text}`)],
  ),
  ['children of children', (log) => log.child({ a: 1 }).child({ a: 2 }).info({ a: 3 })],
  ['child bindings', (log) => log.child({ a: 1 }).child({ b: 2 }).info({ c: 3 }, 'x')],
  ['child bindings and a message', (log) => log.child({ a: 1 }).info('x %s', 'y')],
  ['child bindings and an error', (log) => log.child({ a: 1 }).info(error)],
  ['serializers of a child', (log) => log.child({ a: 'property' }, { serializers: upper }).info({ test: 'test' })],
  ['serializers of a parent', (log) => log.child({}, { serializers: upper }).child({}).info({ test: 'test' })],
  ['serializers of a child over those of a parent', (log) => log.child({}, { serializers: upper }).child({}, { serializers: { test: () => 'child' } }).info({ test: 'x' })], // biome-ignore format: one line says it
  ['serializers for bindings', (log) => log.child({ test: 'x' }, { serializers: upper }).info('x')],
  ['serializer that returns undefined', (log) => log.child({}, { serializers: { test: () => undefined } }).info({ test: 'x', a: 1 })], // biome-ignore format: one line says it
  ['serializer of err for ({ err })', (log) => log.child({}, { serializers: { err: (e: Error) => ({ t: e.name, m: e.message }) } }).info({ err: error }, 'x')], // biome-ignore format: one line says it
  ['serializer of err for (error)', (log) => log.child({}, { serializers: { err: (e: Error) => ({ t: e.name, m: e.message }) } }).info(error)], // biome-ignore format: one line says it
  ['serializer of err that returns nothing', (log) => log.child({}, { serializers: { err: () => undefined } }).info(error)], // biome-ignore format: one line says it
  ['level of a child', (log) => { const child = log.child({}, { level: 'error' }); child.warn('x'); child.error('y') }], // biome-ignore format: one line says it
  ['level of the parent changed', (log) => { const child = log.child({}); log.level = 'error'; child.info('x'); log.level = 'debug'; child.debug('y') }], // biome-ignore format: one line says it
  ['level of the child changed', (log) => { const child = log.child({}); child.level = 'silent'; child.fatal('x'); log.info('y'); child.level = 'info'; child.info('z') }], // biome-ignore format: one line says it
  ['silent', (log) => { log.silent('x'); log.child({}).silent('x'); log.level = 'silent'; log.fatal('x') }], // biome-ignore format: one line says it
]

/** By the name that docs/logs.md gives them: what pino writes, and what Spoor writes. */
const different: [string, (log: AnyLogger) => void, Partial<Shape>, Partial<Shape>][] = [
  [
    'fields behind a message',
    info('text', { a: 1 }),
    { message: 'text', fields: {} },
    { message: 'text', fields: { a: 1 } },
  ],
  ['an error behind a message', info('text', error), { fields: {} }, { fields: { error: expect.anything() } }],
  ['fields behind an error', info(error, { orderId: 7 }), { message: '[object Object]' }, { message: 'myerror', fields: { orderId: 7, error: expect.anything() } }], // biome-ignore format: one line says it
  ['fields behind fields', info({ a: 1 }, { b: 2 }), { message: '[object Object]', fields: { a: 1 } }, { message: '', fields: { a: 1, b: 2 } }], // biome-ignore format: one line says it
  ['values without a placeholder', info('a', 'b', 3), { message: 'a' }, { message: 'a b 3' }],
  ['an object for %s', info('%s', { a: 1 }), { message: '[object Object]' }, { message: '{"a":1}' }],
  ['text for %j, %o and %O', info('%j %o', 'a', 'b'), { message: "'a' 'b'" }, { message: '"a" "b"' }],
  ['null for %d', info('%d', null), { message: '%d' }, { message: 'NaN' }],
  ['a negative number for %i', info('%i', -1.5), { message: '-2' }, { message: '-1' }],
  ['%c', info('%c red', 'color: red'), { message: '%c red' }, { message: ' red' }],
  [
    'a thrown value and a message',
    info(42, 'text'),
    { message: '42', fields: {} },
    { message: 'text', fields: { value: 42 } },
  ],
  ['msg and a message', info({ msg: 'a', b: 1 }, 'text'), { message: 'text', fields: { b: 1 } }, { message: 'text', fields: { msg: 'a', b: 1 } }], // biome-ignore format: one line says it
  ['numbers that JSON does not have', info({ n: Infinity }), { fields: { n: null } }, { fields: { n: 'Infinity' } }],
  ['a function as a field', info({ f() {} }), { fields: {} }, { fields: { f: '[function]' } }],
  ['names of members that Spoor writes', info({ account: 'x' }), { fields: { account: 'x' } }, { fields: { account_: 'x' } }], // biome-ignore format: one line says it
  ['circular objects', (log) => { const a: { b?: object } = {}; a.b = a; log.info(a) }, { fields: { b: { b: '[Circular]' } } }, { fields: { b: '[circular]' } }], // biome-ignore format: one line says it
  ['an object under err', info({ err: { type: 'Odd', message: 'odd' } }), { fields: { error: { type: 'Object', message: 'odd', stack: '' } } }, { message: 'odd', fields: { error: { type: 'Odd', message: 'odd' } } }], // biome-ignore format: one line says it
  ['an error without a stack', info(withoutStack()), { fields: { error: { stack: '' } } }, { message: 'myerror', fields: { error: { type: 'Error', message: 'myerror' } } }], // biome-ignore format: one line says it
  ['a function of an error', info(withToString), { message: 'myerror' }, { message: 'myerror', fields: { error: expect.objectContaining({ toString: '[function]' }) } }], // biome-ignore format: one line says it
  ['an object of a class without members', info(Object.create({ hello: 'world' })), { fields: {} }, { fields: { value: '[Object]' } }], // biome-ignore format: one line says it
  ['toJSON that returns undefined', info({ test: { toJSON: () => undefined } }), { fields: {} }, { fields: { test: null } }], // biome-ignore format: one line says it
  [
    'the cause of an error',
    info(withCause),
    { fields: { error: { message: 'outer: inner' } } },
    { fields: { error: { message: 'outer', cause: { message: 'inner' } } } },
  ],
]

describe('the call shapes of pino', () => {
  test.each(same)('have the same message and fields: %s', (_, log) => {
    expect(ofSpoor(log)).toEqual(ofPino(log))
  })

  test.each(different)('differ on purpose: %s', (_, log, inPino, inSpoor) => {
    expect(ofPino(log)).toMatchObject([inPino])
    expect(ofSpoor(log)).toMatchObject([inSpoor])
  })
})
