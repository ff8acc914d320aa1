import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineLogs } from './define-logs.js'
import type { Handler } from './handlers/handler.js'

interface Line extends Record<string, unknown> {
  message: string
}

/** The lines, as JSON, of everything that `log` logs. */
function linesOf(log: (info: (...args: unknown[]) => void) => void): Line[] {
  const written: string[] = []
  const handler: Handler = {
    write: (lines) => void written.push(String(lines)),
    flush: async () => {},
    close: async () => {},
  }
  const a = { console: false, format: 'json', handlers: [handler], flush: 'line' } as const
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { a } })
  log(logs.get('a').info as (...args: unknown[]) => void)
  return written
    .join('')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

/** Message and fields of one call. */
function shape(...args: unknown[]): { message: string; fields: Record<string, unknown> } {
  const [line] = linesOf((info) => info(...args))
  const { time, level, logger, message, ...fields } = line as Line
  return { message, fields }
}

const broken = new TypeError('broken')
const error = expect.objectContaining({ type: 'TypeError', message: 'broken' })

describe('a call', () => {
  test.each<[string, unknown[], string, object]>([
    ['(message, fields)', ['sent', { to: 'a' }], 'sent', { to: 'a' }],
    ['(message, value, fields)', ['sent %s', 'x', { to: 'a' }], 'sent x', { to: 'a' }],
    ['(message, fields) with a placeholder', ['sent %j', { to: 'a' }], 'sent {"to":"a"}', {}],
    ['(message, value, fields) with one placeholder', ['%j', [1], { to: 'a' }], '[1]', { to: 'a' }],
    ['(message, {})', ['sent', {}], 'sent', {}],
    ['(message, error, fields)', ['failed', broken, { to: 'a' }], 'failed', { to: 'a', error }],
    ['(message, fields, error)', ['failed', { to: 'a' }, broken], 'failed', { to: 'a', error }],
    ['(message, fields, fields)', ['sent', { a: 1, b: 1 }, { b: 2 }], 'sent', { a: 1, b: 2 }],
    ['(message, error, value)', ['failed', broken, 7], 'failed 7', { error }],
    ['(message, list)', ['sent', [1, 2]], 'sent [1,2]', {}],
    ['(message, object of a class)', ['sent', new Date(0)], 'sent 1970-01-01T00:00:00.000Z', {}],
    ['(error, fields)', [broken, { orderId: 7 }], 'broken', { orderId: 7, error }],
    ['(error, fields, message)', [broken, { orderId: 7 }, 'failed %d', 3], 'failed 3', { orderId: 7, error }],
    ['(error, message, fields)', [broken, 'failed', { orderId: 7 }], 'failed', { orderId: 7, error }],
    ['(error, { error })', [broken, { error: 'x' }], 'broken', { error_: 'x', error }],
    ['(fields, error)', [{ orderId: 7 }, broken], 'broken', { orderId: 7, error }],
    ['(fields, fields)', [{ a: 1 }, { b: 2 }], '', { a: 1, b: 2 }],
    ['(fields, fields, message)', [{ a: 1 }, { b: 2 }, 'sent'], 'sent', { a: 1, b: 2 }],
    ['(fields, message, fields)', [{ a: 1 }, 'sent %s', 'x', { b: 2 }], 'sent x', { a: 1, b: 2 }],
    ['(fields, message, error)', [{ a: 1 }, 'failed', broken], 'failed', { a: 1, error }],
    ['({ msg })', [{ msg: 'sent' }], 'sent', {}],
    ['({ msg, … })', [{ msg: 'sent', a: 1 }], 'sent', { a: 1 }],
    ['({ msg, err })', [{ msg: 'failed', err: broken }], 'failed', { error }],
    ['({ msg }, message)', [{ msg: 'a field' }, 'sent'], 'sent', { msg: 'a field' }],
    ['({ msg: 7 })', [{ msg: 7 }], '', { msg: 7 }],
    ['({ err })', [{ err: broken }], 'broken', { error }],
    ['({ err }, undefined)', [{ err: broken }, undefined], 'broken', { error }],
    ['({ error })', [{ error: broken, a: 1 }], 'broken', { a: 1, error }],
    ['({ err: { message } })', [{ err: { message: 'odd' } }], 'odd', { error: { type: 'object', message: 'odd' } }],
    ['(null)', [null], 'null', {}],
    ['(null, message)', [null, 'a %s', 'b'], 'a b', {}],
    ['(undefined)', [undefined], '', {}],
    ['(undefined, message)', [undefined, 'sent'], 'sent', {}],
    ['(undefined, message, fields)', [undefined, 'sent', { a: 1 }], 'sent', { a: 1 }],
    ['()', [], '', {}],
    ['(number)', [42], '42', {}],
    ['(number, message)', [42, 'sent'], 'sent', { value: 42 }],
    ['(fields, number)', [{ a: 1 }, 42], '42', { a: 1 }],
    ['(list, fields)', [[1, 2], { a: 1 }], '', { value: [1, 2], a: 1 }],
    ['(date, fields)', [new Date(0), { a: 1 }], '', { value: '1970-01-01T00:00:00.000Z', a: 1 }],
    ['(message, fields without a prototype)', ['sent', Object.assign(Object.create(null), { a: 1 })], 'sent', { a: 1 }],
    ['(message, fields of another realm)', ['sent', runInNewContext('({ a: 1 })')], 'sent', { a: 1 }],
    ['(percent signs)', ['100 %% of %s', 'x', { a: 1 }], '100 % of x', { a: 1 }],
  ])('%s', (_, args, message, fields) => {
    expect(shape(...args)).toEqual({ message, fields })
  })

  test('(message, error, error) takes the last error, and shows the other in the message', () => {
    const { message, fields } = shape('failed', new Error('first'), broken)
    expect([message, fields]).toEqual(['failed Error: first', { error }])
  })

  test('hides a secret in fields behind the message, and a secret of the error in the message', () => {
    expect(shape('sent', { password: 'hunter2' }).fields).toEqual({ password: '[redacted]' })
    const thrown = Object.assign(new Error('refused'), { config: { password: 'hunter2!' } })
    expect(JSON.stringify(shape('tried hunter2!', thrown))).not.toContain('hunter2')
  })

  test('(request) and (response) get the names req and res', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/a' })
    expect(shape(request).fields).toMatchObject({ req: { method: 'GET', path: '/a' } })
    expect(shape(new ServerResponse(request)).fields).toMatchObject({ res: { status: 200 } })
  })

  test('keeps the other fields if a getter throws', () => {
    const boom = { enumerable: true, get: () => { throw new Error('boom') } } // biome-ignore format: one line says it
    const fields = Object.defineProperty({ a: 1 }, 'b', boom)
    expect(shape('sent', fields)).toEqual({ message: 'sent', fields: { a: 1, b: '[unreadable: boom]' } })
    expect(shape(broken, fields).fields).toEqual({ a: 1, b: '[unreadable: boom]', error })
    expect(shape(Object.defineProperty({ a: 1 }, 'msg', boom)).fields).toEqual({ a: 1, msg: '[unreadable: boom]' })
  })
})

describe('for any arguments', () => {
  // Vowels only: other words may name secrets.
  const word = fc.stringMatching(/^[aeiou]{1,6}$/)
  // Names that mean something of their own would need a second implementation of the rules here.
  const name = word.map((text) => `f_${text}`)
  const fieldsOf = (prefix: string): fc.Arbitrary<Record<string, unknown>> =>
    fc.dictionary(
      name.map((text) => prefix + text),
      fc.oneof(fc.integer(), fc.boolean(), word, fc.array(word)),
      { maxKeys: 4 },
    )
  const ownError = word.map((text) => new RangeError(text))
  const scalar = fc.oneof(word, fc.integer({ min: 0, max: 99 }), fc.boolean())

  test('a call never throws, and writes one line without [object Object]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })),
        (args) => {
          // Only text of the caller may say so.
          fc.pre(!JSON.stringify(args, (_, value) => (typeof value === 'bigint' ? 0 : value))?.includes('[object'))
          const lines = linesOf((info) => info(...args))
          expect(lines).toHaveLength(1)
          expect(JSON.stringify(lines)).not.toContain('[object Object]')
        },
      ),
      { numRuns: 300 },
    )
  })

  test('the message, its values, all fields and the error are in the line, in front of the message and behind it', () => {
    const parts = fc.record({
      front: fc.option(fieldsOf('a'), { nil: undefined }),
      error: fc.option(ownError, { nil: undefined }),
      isErrorInFront: fc.boolean(),
      text: word,
      values: fc.array(scalar, { maxLength: 3 }),
      placeholders: fc.nat(3),
      back: fc.option(fieldsOf('b'), { nil: undefined }),
    })
    fc.assert(
      fc.property(parts, ({ front, error, isErrorInFront, text, values, placeholders, back }) => {
        const taken = Math.min(placeholders, values.length)
        const message = [text, ...Array(taken).fill('%s')].join(' ')
        const [before, after] = isErrorInFront ? [error, undefined] : [undefined, error]
        const all = [before, front, message, ...values, after, back].filter((part) => part !== undefined)
        const found = shape(...all)
        expect(found.message).toBe([text, ...values].join(' '))
        const { error: shown, ...fields } = found.fields
        expect(fields).toEqual({ ...front, ...back })
        if (error === undefined) expect(shown).toBeUndefined()
        else expect(shown).toMatchObject({ type: 'RangeError', message: error.message })
      }),
      { numRuns: 500 },
    )
  })
})
