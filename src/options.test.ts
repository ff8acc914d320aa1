import { describe, expect, test, vi } from 'vitest'
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
        message: 'call:\n  - a: 1 is no text\n  - b: 2 is neither true nor false',
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

  test.each(['toString', 'constructor', '__proto__'])('takes no %s for an option', (key) => {
    const value = JSON.parse(`{"${key}":1}`)
    expect(problems(value, object({ a: optional(text) }))).toEqual([`${key}: no such option; there are a`])
  })

  test('shows no control character of keys and values', () => {
    const [key, value] = problems(
      { 'a\u202e\u009b\u007f': 1, b: '\u202e\u009b\u007f\n' },
      object({ b: flag }),
    ).toReversed()
    expect([key, value].join('\n')).toMatch(/^[\n -~]+$/)
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
        'mode: -1 is no file mode: 0o600 to 0o777, so that at least the owner reads and writes',
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
      'defineLogs:\n' +
        '  - loggers.b.file: a.log is the file of loggers.a too, with another flush or rotation\n' +
        '  - loggers.d.file: a.log.10 is the name of a backup of the file of loggers.a',
    )
  })

  test.each<[string, object, string[]]>([
    [
      'the file of the requests',
      { loggers: { a: { file: 'requests.jsonl', flush: 'line' } } },
      ['loggers.requests.file: requests.jsonl is the file of loggers.a too, with another flush or rotation'],
    ],
    [
      'its backups, and locks',
      { loggers: { a: { file: 'requests.jsonl.1' }, b: { file: '.requests.jsonl.lock.12' } } },
      [
        'loggers.a.file: requests.jsonl.1 is the name of a backup of the file of loggers.requests',
        'loggers.b.file: .requests.jsonl.lock.12 is the name of a lock of the file of loggers.requests',
      ],
    ],
    [
      'the file of the root',
      { root: { file: 'a.log' }, loggers: { a: { file: 'a.log', rotation: { backups: 2 } }, b: { file: 'a.log.2' } } },
      [
        'loggers.a.file: a.log is the file of root too, with another flush or rotation',
        'loggers.b.file: a.log.2 is the name of a backup of the file of root',
      ],
    ],
    [
      'what it was given for the requests',
      { loggers: { requests: { file: 'a.log' }, b: { file: 'a.log', flush: 'line' } } },
      ['loggers.requests.file: a.log is the file of loggers.b too, with another flush or rotation'],
    ],
  ])('compares the files with %s', (_, options, expected) => {
    try {
      defineLogs(options as never)
      expect.unreachable()
    } catch (error) {
      expect((error as OptionsError).problems).toEqual(expected)
    }
  })

  test('takes loggers that agree about their file, whoever says so', () => {
    const rotation = { backups: 10 }
    expect(() =>
      defineLogs({ root: { file: 'a.log' }, loggers: { a: { file: 'a.log', rotation }, b: { file: '.b.lock.1' } } }),
    ).not.toThrow()
  })

  test.each([
    [
      640,
      'mode: 640 is no file mode: 0o600 to 0o777, so that at least the owner reads and writes; did you mean 0o640?',
    ],
    [0o1777, 'mode: 1023 is no file mode: 0o600 to 0o777, so that at least the owner reads and writes'],
    [0o440, 'mode: 288 is no file mode: 0o600 to 0o777, so that at least the owner reads and writes'],
    [
      '640',
      'mode: "640" is no file mode: 0o600 to 0o777, so that at least the owner reads and writes; did you mean 0o640?',
    ],
    [0o600, undefined],
    [0o777, undefined],
  ])('judges the mode %j', (mode, problem) => {
    const call = () => defineLogs({ mode: mode as number, loggers: {} })
    if (problem === undefined) expect(call).not.toThrow()
    else expect(call).toThrow(`defineLogs: ${problem}`)
  })

  test('refuses a SPOOR_FILES that is neither on nor off, unless the options say it', () => {
    vi.stubEnv('SPOOR_FILES', 'offf')
    expect(() => defineLogs({ loggers: {} })).toThrow(
      'defineLogs: SPOOR_FILES: "offf" in the environment is neither on nor off',
    )
    expect(() => defineLogs({ files: false, loggers: {} })).not.toThrow()
    vi.unstubAllEnvs()
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
