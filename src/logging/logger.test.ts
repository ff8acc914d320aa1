import { describe, expect, test } from 'vitest'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { redaction } from '../safe-values/redaction.js'
import { defaultBounds } from '../safe-values/safe-value.js'
import type { Entry } from './entry.js'
import type { LevelOrSilent } from './levels.js'
import type { BufferedHandler } from './line-buffer.js'
import { createLogger, type Logger } from './logger.js'

/** A logger and what came out of it, entry by entry. */
function captured(level: LevelOrSilent = 'trace'): { logger: Logger; entries: Entry[]; contexts: unknown[] } {
  const entries: Entry[] = []
  const contexts: unknown[] = []
  const format: BufferedHandler['format'] = (entry, context) => {
    entries.push(entry)
    contexts.push(context)
    return ''
  }
  const lines = { add() {} } as unknown as BufferedHandler['lines']
  const handlers = [{ format, lines, isConsole: false, isCustom: false }]
  const bounds = {
    redaction: redaction(),
    bounds: defaultBounds,
    beforeLine: undefined,
    maxLineBytes: 65_536,
    runTime: { choice: undefined },
  }
  const core = { name: 'publish_sync', handlers, ...bounds }
  return { logger: createLogger(core, level), entries, contexts }
}

function logged(log: (logger: Logger) => void): Entry {
  const { logger, entries } = captured()
  log(logger)
  expect(entries).toHaveLength(1)
  return entries[0] as Entry
}

describe('call shapes', () => {
  test('(message)', () => {
    expect(logged((l) => l.info('hello'))).toMatchObject({
      level: 'info',
      logger: 'publish_sync',
      message: 'hello',
      fields: {},
    })
  })

  test('(message, ...values) fills placeholders', () => {
    expect(logged((l) => l.info('hello %s, %d', 'x', 2)).message).toBe('hello x, 2')
  })

  test('(fields, message)', () => {
    expect(logged((l) => l.warn({ postId: 7 }, 'published'))).toMatchObject({
      level: 'warn',
      message: 'published',
      fields: { postId: 7 },
    })
  })

  test('(fields, message, ...values)', () => {
    expect(logged((l) => l.info({ a: 1 }, 'to %s', 'x'))).toMatchObject({ message: 'to x', fields: { a: 1 } })
  })

  test('(fields) has an empty message', () => {
    expect(logged((l) => l.info({ a: 1 }))).toMatchObject({ message: '', fields: { a: 1 } })
  })

  test('(error, message) puts the error into the field `error`', () => {
    const entry = logged((l) => l.error(new TypeError('broken'), 'publishing failed'))
    expect(entry).toMatchObject({
      message: 'publishing failed',
      fields: { error: { type: 'TypeError', message: 'broken' } },
    })
  })

  test('(message, error) puts an error without a placeholder into the field `error`, too', () => {
    expect(logged((l) => l.error('100 %% of %d failed', 3, new TypeError('broken')))).toMatchObject({
      message: '100 % of 3 failed',
      fields: { error: { type: 'TypeError', message: 'broken' } },
    })
    expect(logged((l) => l.error('failed: %s', new TypeError('broken'))).fields).toEqual({})
  })

  test('(error) takes the message of the error', () => {
    expect(logged((l) => l.error(new Error('broken'))).message).toBe('broken')
    expect(logged((l) => l.error({ err: new Error('broken') })).message).toBe('broken')
  })

  test('the field `err` of pino becomes `error`', () => {
    const { fields } = logged((l) => l.error({ err: new Error('broken'), a: 1 }, 'm'))
    expect(fields).toMatchObject({ a: 1, error: { message: 'broken' } })
    expect(fields).not.toHaveProperty('err')
  })

  test('a value that is neither an object nor a string becomes a field, and without a message the message', () => {
    const l = captured()
    l.logger.info(42, 'the answer')
    l.logger.info(42)
    l.logger.info(undefined)
    expect(l.entries.map(({ fields, message }) => [fields, message])).toEqual([
      [{ value: 42 }, 'the answer'],
      [{}, '42'],
      [{}, ''],
    ])
  })

  test('the time is now, in milliseconds', () => {
    const before = Date.now()
    const { time } = logged((l) => l.info('x'))
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })
})

describe('levels', () => {
  const names = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

  test.each(names)('drop the entries below %s', (level) => {
    const { logger, entries } = captured(level)
    for (const name of names) logger[name]('x')
    logger.silent('x')
    expect(entries.map((entry) => entry.level)).toEqual(names.slice(names.indexOf(level)))
    expect(names.filter((name) => logger.isLevelEnabled(name))).toEqual(names.slice(names.indexOf(level)))
  })

  test('drop all entries at silent', () => {
    const { logger, entries } = captured('silent')
    for (const name of names) logger[name]('x')
    expect(entries).toEqual([])
    expect(logger.isLevelEnabled('fatal')).toBe(false)
  })

  test('can be set at run time, to a level only', () => {
    const { logger, entries } = captured('info')
    logger.level = 'debug'
    logger.debug('x')
    expect(entries).toHaveLength(1)
    expect(() => {
      logger.level = 'loud'
    }).toThrow('got "loud"')
    expect(() => {
      logger.level = 30 as never
    }).toThrow(
      "level: expected one of trace, debug, info, warn, error, fatal, got 30; write 'info', the name of level 30",
    )
    expect(logger.level).toBe('debug')
    expect(logger.isLevelEnabled('loud')).toBe(false)
    expect(logger.isLevelEnabled('silent')).toBe(false)
    logger.level = 'WARN'
    expect(logger.level).toBe('warn')
    expect([logger.isLevelEnabled('Warn'), logger.isLevelEnabled('INFO')]).toEqual([true, false])
  })
})

describe('children', () => {
  test('add their bindings to every entry; a field of the call overrides a binding', () => {
    const { fields } = logged((l) => l.child({ module: 'auth', a: 1 }).child({ b: 2 }).info({ a: 3 }, 'x'))
    expect(fields).toEqual({ module: 'auth', a: 3, b: 2 })
  })

  test('follow the level of their parent until they get one of their own', () => {
    const { logger, entries } = captured('warn')
    const child = logger.child({})
    const grandchild = child.child({})
    const own = logger.child({}, { level: 'error' })
    const ofOwn = own.child({}, { level: undefined })
    logger.level = 'trace'
    for (const one of [child, grandchild, own, ofOwn]) one.debug('x')
    expect(entries).toHaveLength(2)
    expect([child, grandchild, own, ofOwn].map(({ level }) => level)).toEqual(['trace', 'trace', 'error', 'error'])
    expect([child, ofOwn].map((one) => one.isLevelEnabled('debug'))).toEqual([true, false])
    child.level = 'silent'
    logger.level = 'info'
    expect([child, grandchild].map(({ level }) => level)).toEqual(['silent', 'silent'])
    own.level = 'debug'
    expect(ofOwn.level).toBe('debug')
  })

  test('take a level in any case, and follow their parent for an empty one', () => {
    const { logger } = captured('warn')
    expect(['ERROR', ' Debug ', '', ' '].map((level) => logger.child({}, { level }).level)).toEqual([
      'error',
      'debug',
      'warn',
      'warn',
    ])
  })

  test('follow their parent, with a warning, for a text that names no level', () => {
    const { logger, entries } = captured('info')
    const child = logger.child({}, { level: 'loud' })
    logger.level = 'debug'
    expect(child.level).toBe('debug')
    expect(entries.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      [
        'warn',
        "child: level: expected one of trace, debug, info, warn, error, fatal, silent; the parent's is used",
        { level: 'loud' },
      ],
    ])
  })

  test.each<[object, string]>([
    [{ redact: ['pin'] }, 'child: redact: no such option; write redact: { keys } in defineLogs'],
    [{ msgPrefix: '[a] ' }, 'child: msgPrefix: no such option; bind a field instead'],
    [{ formatters: {} }, 'child: formatters: no such option; change entries in beforeLine'],
    [{ customLevels: { loud: 35 } }, 'child: customLevels: no such option; the levels are trace'],
    [{ mixin: () => ({}) }, 'child: mixin: no such option; add fields in beforeLine'],
    [{ level: 30 }, "got 30; write 'info', the name of level 30"],
  ])('reject the options %j', (options, message) => {
    const { logger } = captured()
    expect(() => logger.child({}, options)).toThrow(TypeError)
    expect(() => logger.child({}, options)).toThrow(message)
  })

  test('accept options that are not set, and options that cannot be read', () => {
    const { logger, entries } = captured()
    logger.child({}, { redact: undefined, level: undefined, serializers: undefined } as object).info('x')
    const options = new Proxy({}, { ownKeys: () => { throw new Error('trapped') } }) // biome-ignore format: one line says it
    logger.child({}, options).info('x')
    logger.child({}, 7 as never).info('x')
    expect(entries).toHaveLength(3)
  })

  test.each<[string, (log: Logger, error: Error) => void]>([
    ['(error)', (log, error) => log.error(error)],
    ['(error, message)', (log, error) => log.error(error, 'failed')],
    ['(message, error)', (log, error) => log.error('failed', error)],
    ['({ err })', (log, err) => log.error({ err })],
    ['({ error })', (log, error) => log.error({ error })],
  ])('apply their serializer of err to %s', (_, log) => {
    const serializers = { err: (error: unknown) => ({ said: (error as Error).message }) }
    const { fields } = logged((l) => log(l.child({}, { serializers }), new Error('broken')))
    expect(fields).toEqual({ error: expect.objectContaining({ said: 'broken' }) })
  })

  test('hide secrets in their bindings', () => {
    expect(logged((l) => l.child({ token: 't', user: 'eve' }).info('x')).fields).toEqual({
      token: '[redacted]',
      user: 'eve',
    })
  })

  test('add their own serializers to those of their parent', () => {
    const one = (l: Logger) => l.child({}, { serializers: { post: (post) => (post as { id: number }).id } })
    expect(
      logged((l) =>
        one(l)
          .child({})
          .info({ post: { id: 7, text: 'long' } }, 'x'),
      ).fields,
    ).toEqual({ post: 7 })
  })

  test('survive a serializer that throws', () => {
    const serializers = {
      post: () => {
        throw new Error('no')
      },
    }
    const entry = logged((l) => l.child({}, { serializers }).info({ post: 1, a: 2 }, 'x'))
    expect(entry.fields).toEqual({ post: '[serializer threw: no]', a: 2 })
  })
})

describe('the context', () => {
  test('is the context in which the entry was logged', () => {
    const { logger, contexts } = captured()
    const context = createContext('request', { account: 'acme' })
    logger.info('outside')
    runWith(context, () => logger.info('inside'))
    expect(contexts).toEqual([undefined, context])
  })
})

describe('logging never throws', () => {
  const hostile = (trap: string) =>
    new Proxy({}, { [trap]: () => { throw new Error('trapped') } }) // biome-ignore format: one line says it

  test.each(['get', 'ownKeys', 'getOwnPropertyDescriptor', 'has', 'getPrototypeOf'])(
    'for a Proxy whose %s throws',
    (trap) => {
      expect(logged((l) => l.info(hostile(trap), 'still here')).message).toBe('still here')
      expect(logged((l) => l.info({ value: hostile(trap) }, 'still here')).message).toBe('still here')
      const { message, fields } = logged((l) =>
        l.info({ kind: 'x', error: hostile(trap), req: 1 }, 'a %s', hostile(trap)),
      )
      expect(message).toMatch(/^a /)
      expect(fields).toMatchObject({ kind: 'x', req: 1 })
    },
  )

  test('when a method is called without its logger', async () => {
    const { logger, entries } = captured()
    await Promise.reject(new Error('broken')).catch(logger.error)
    const { trace, debug, info, warn, error, fatal, silent } = logger.child({ a: 1 })
    for (const method of [trace, debug, info, warn, error, fatal, silent]) method('x')
    expect(entries.map((entry) => entry.level)).toEqual(['error', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    expect(entries.at(-1)?.fields).toEqual({ a: 1 })
  })

  test('for a getter, toJSON or toString that throws', () => {
    const boom = () => {
      throw new Error('boom')
    }
    const value = { a: 1, toJSON: boom, toString: boom }
    expect(logged((l) => l.info({ value, b: 2 }, '%s', value)).fields).toMatchObject({ b: 2 })
    expect(
      logged((l) => l.info(Object.defineProperty({ b: 2 }, 'a', { get: boom, enumerable: true }), 'x')).fields,
    ).toEqual({ a: '[unreadable: boom]', b: 2 })
    expect(logged((l) => l.info({ a: 1 }, value as never)).fields).toMatchObject({ a: 1 })
    const given = Object.defineProperty({ b: 2, err: new Error('x'), req: 1 }, 'a', { get: boom, enumerable: true })
    expect(logged((l) => l.info(given, 'x')).fields).toMatchObject({ a: '[unreadable: boom]', b: 2, req: 1 })
    const err = Object.defineProperty({ b: 2 }, 'err', { get: boom, enumerable: true })
    expect(logged((l) => l.info(err, 'x')).fields).toMatchObject({ b: 2 })
  })
})
