import { describe, expect, test } from 'vitest'
import { defineLogs } from './logging/define-logs.js'
import {
  type Check,
  check,
  checkOptions,
  either,
  flag,
  list,
  OptionsError,
  object,
  oneOf,
  optional,
  record,
  text,
  wholeNumber,
} from './options.js'

function problems(value: unknown, schema: Check): readonly string[] {
  try {
    checkOptions('call', value, schema)
    return []
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    return error.problems
  }
}

describe('checkOptions', () => {
  test('raises all mistakes at once, with a stable code', () => {
    const schema = object({ a: text, b: flag })
    try {
      checkOptions('call', { a: 1, b: 2 }, schema)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(OptionsError)
      expect(error).toMatchObject({
        name: 'OptionsError',
        code: 'ERR_SPOOR_OPTIONS',
        message: 'call: \n  - a: 1 is no text\n  - b: 2 is neither true nor false',
        problems: ['a: 1 is no text', 'b: 2 is neither true nor false'],
      })
    }
  })

  test('says a single mistake in one line', () => {
    expect(() => checkOptions('call', { a: 1 }, object({ a: text }))).toThrow(/^call: a: 1 is no text$/)
  })

  test('takes what is right', () => {
    const schema = object({
      a: text,
      b: optional(flag),
      c: list(text),
      d: record(text, wholeNumber(1, 'bytes')),
      e: either('off', flag),
      f: oneOf(['x', 1]),
    })
    expect(problems({ a: 'x', c: ['y'], d: { n: 1 }, e: 'off', f: 1 }, schema)).toEqual([])
    expect(problems({ a: 'x', b: true, c: [], d: {}, e: true, f: 'x' }, schema)).toEqual([])
  })

  test('names the path to a nested mistake', () => {
    const schema = object({ a: object({ b: list(object({ c: flag })) }), d: record(text, flag) })
    expect(problems({ a: { b: [{ c: true }, { c: 'no' }] }, d: { 'x-y': 1 } }, schema)).toEqual([
      'a.b[1].c: "no" is neither true nor false',
      'd["x-y"]: 1 is neither true nor false',
    ])
  })

  test('names the option that a misspelt one was meant to be, or all', () => {
    const schema = object({ directory: optional(text), rotation: optional(text) })
    expect(problems({ directry: 'x' }, schema)).toEqual(['directry: no such option; did you mean directory?'])
    expect(problems({ color: 'x' }, schema)).toEqual(['color: no such option; there are directory, rotation'])
  })

  test.each([
    [undefined, '(nothing)'],
    [null, 'null'],
    ['x', '"x"'],
    [[], '[]'],
    [3, '3'],
    [() => {}, '"[function]"'],
  ])('refuses %j in place of an object', (value, shown) => {
    expect(problems(value, object({}))).toEqual([`options: ${shown} is no object`])
  })

  test('says that a required option is missing', () => {
    expect(problems({}, object({ service: text }))).toEqual(['service: (nothing) is no text'])
  })

  test('shows no secret that was put in the wrong place, and long values cut', () => {
    const schema = object({ token: flag, name: check(() => false, 'is wrong') })
    const [token, name] = problems({ token: 'hunter2', name: { password: 'hunter2', text: 'x'.repeat(500) } }, schema)
    expect(token).toBe('token: "[redacted]" is neither true nor false')
    expect(name).not.toContain('hunter2')
    expect(name?.length).toBeLessThan(200)
  })
})

describe('defineLogs', () => {
  test('says all mistakes of its options, each with path, value and what was expected', () => {
    const wrong = {
      directory: '',
      rotation: { maxBytes: 0, backups: 1.5 },
      loggers: {
        '1st': {},
        root: {},
        a: { file: '../a.log', level: 'verbose', format: 'xml', console: 'loud', propagate: 'yes', flush: 'never' },
        b: { handlers: [{ write() {} }], rotation: { maxbytes: 1 } },
      },
      root: { level: 'INFO' },
      redact: { keys: [''] },
      files: 'off',
      mode: -1,
      maxLineBytes: 10,
    }
    try {
      defineLogs(wrong as never)
      expect.unreachable()
    } catch (error) {
      expect((error as OptionsError).problems).toEqual([
        'directory: "" is no text',
        'rotation.maxBytes: 0 is no whole number of bytes from 1 on',
        'rotation.backups: 1.5 is no whole number of backups from 1 on',
        'loggers["1st"]: "1st" is no name for a logger (a letter, then letters, digits, _ . or -; root is taken)',
        'loggers.root: "root" is no name for a logger (a letter, then letters, digits, _ . or -; root is taken)',
        'loggers.a.file: "../a.log" is no file name (letters, digits, dots, - and _; the directory is an option of its own)',
        'loggers.a.level: "verbose" is no level; use one of trace, debug, info, warn, error, fatal, silent',
        'loggers.a.format: "xml" is not one of "publish_sync", "verbose", "json"',
        'loggers.a.console: "loud" is not one of true, false, "verbose", "json"',
        'loggers.a.propagate: "yes" is neither true nor false',
        'loggers.a.flush: "never" is not one of "turn", "line"',
        'loggers.b.rotation.maxbytes: no such option; did you mean maxBytes?',
        'loggers.b.handlers[0]: {"write":"[function]"} is no handler: it needs write, flush and close',
        'root.level: "INFO" is no level; use one of trace, debug, info, warn, error, fatal, silent',
        'redact.keys[0]: "" is no text',
        'files: "off" is neither true nor false',
        'mode: -1 is no whole number of permission bits from 0 on',
        'maxLineBytes: 10 is no whole number of bytes from 256 on',
      ])
    }
  })

  test('refuses files that would get into each other', () => {
    const loggers = {
      a: { file: 'a.log' },
      b: { file: 'a.log', flush: 'line' },
      c: { file: 'a.log' },
      d: { file: 'a.log.10' },
    } as const
    expect(() => defineLogs({ loggers })).toThrow(
      'defineLogs: \n' +
        '  - loggers.b.file: a.log is the file of a too, with another flush or rotation\n' +
        "  - loggers.d.file: a.log.10 is the name of a backup of a's file",
    )
  })

  test('refuses a call without options, and without loggers', () => {
    expect(() => (defineLogs as (options?: unknown) => unknown)()).toThrow(
      'defineLogs: options: (nothing) is no object',
    )
    expect(() => (defineLogs as (options?: unknown) => unknown)({})).toThrow(
      'defineLogs: loggers: (nothing) is no object',
    )
  })
})
