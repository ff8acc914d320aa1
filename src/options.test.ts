import { readFileSync } from 'node:fs'
import { createSpoor } from 'spoor'
import { spoorNode } from 'spoor/node'
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
  test('throws one error with all mistakes and a stable code', () => {
    const schema = object({ a: text, b: flag })
    try {
      checkOptions('call', { a: 1, b: 2 }, schema)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(OptionsError)
      expect(error).toMatchObject({
        name: 'OptionsError',
        code: 'ERR_SPOOR_OPTIONS',
        message: 'call:\n  - a: expected a non-empty string, got 1\n  - b: expected true or false, got 2',
        problems: ['a: expected a non-empty string, got 1', 'b: expected true or false, got 2'],
      })
    }
  })

  test('describes a single mistake in one line', () => {
    expect(() => checkOptions('call', { a: 1 }, object({ a: text }))).toThrow(
      /^call: a: expected a non-empty string, got 1$/,
    )
  })

  test('accepts valid options', () => {
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
      'a.b[1].c: expected true or false, got "no"',
      'd["x-y"]: expected true or false, got 1',
    ])
  })

  test('suggests the nearest option for a misspelt one, or lists all options', () => {
    const schema = object({ directory: optional(text), rotation: optional(text) })
    expect(problems({ directry: 'x' }, schema)).toEqual(['directry: no such option; did you mean directory?'])
    expect(problems({ color: 'x' }, schema)).toEqual(['color: no such option; there are directory, rotation'])
  })

  test.each(['toString', 'constructor', '__proto__'])('does not accept %s as an option', (key) => {
    const value = JSON.parse(`{"${key}":1}`)
    expect(problems(value, object({ a: optional(text) }))).toEqual([`${key}: no such option; there are a`])
  })

  test('escapes control characters in keys and values', () => {
    const [key, value] = problems(
      { 'a\u202e\u009b\u007f': 1, b: '\u202e\u009b\u007f\n' },
      object({ b: flag }),
    ).toReversed()
    expect([key, value].join('\n')).toMatch(/^[\n -~]+$/)
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['x', '"x"'],
    [[], '[]'],
    [3, '3'],
    [() => {}, '"[function]"'],
  ])('refuses %j instead of an object', (value, shown) => {
    expect(problems(value, object({}))).toEqual([`options: expected an object, got ${shown}`])
  })

  test('reports a missing required option', () => {
    expect(problems({}, object({ service: text }))).toEqual(['service: expected a non-empty string, got undefined'])
  })

  test('redacts a secret in the wrong place, and cuts long values', () => {
    const schema = object({ token: flag, name: check(() => false, 'is wrong') })
    const [token, name] = problems({ token: 'hunter2', name: { password: 'hunter2', text: 'x'.repeat(500) } }, schema)
    expect(token).toBe('token: expected true or false, got "[redacted]"')
    expect(name).not.toContain('hunter2')
    expect(name?.length).toBeLessThan(200)
  })
})

describe('defineLogs', () => {
  test('reports all mistakes, each with path, expected value and given value', () => {
    const wrong = {
      directory: '',
      rotation: { maxBytes: 0, backups: 1.5 },
      loggers: {
        '1st': {},
        root: {},
        a: { file: '../a.log', level: 'verbose', format: 'xml', console: 'loud', propagate: 'yes', flush: 'never' },
        b: { handlers: [{ write() {} }], rotation: { maxbytes: 1 } },
      },
      root: { level: 20, propagate: true },
      level: 'loud',
      console: 'colour',
      format: 'xml',
      flush: 'later',
      base: 'eu',
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
        'directory: expected a non-empty string, got ""',
        'rotation.maxBytes: expected a whole number of bytes, at least 1, got 0',
        'rotation.backups: expected a whole number of backups, at least 1, got 1.5',
        'loggers["1st"]: expected a name of a letter, then letters, digits, _ . or -, other than root, got "1st"',
        'loggers.root: expected a name of a letter, then letters, digits, _ . or -, other than root, got "root"',
        'loggers.a.file: expected a file name of letters, digits, dots, - and _, got "../a.log"; name the directory in the option directory',
        'loggers.a.level: expected one of trace, debug, info, warn, error, fatal, got "verbose"; write one of these, or silent to drop all entries',
        'loggers.a.format: expected one of text, publish_sync, verbose, json, gcp, ecs, datadog, got "xml"',
        'loggers.a.console: expected one of true, false, pretty, verbose, json, gcp, ecs, datadog, got "loud"',
        'loggers.a.flush: expected one of soon, turn, line, got "never"',
        'loggers.a.propagate: expected true or false, got "yes"',
        'loggers.b.rotation.maxbytes: no such option; did you mean maxBytes?',
        'loggers.b.handlers[0]: expected a handler with write, flush and close, got {"write":"[function]"}',
        "root.level: expected one of trace, debug, info, warn, error, fatal, got 20; write 'debug', the name of level 20",
        'root.propagate: no such option; the root logger is the one to which others propagate',
        'level: expected one of trace, debug, info, warn, error, fatal, got "loud"; write one of these, or silent to drop all entries',
        'format: expected one of text, publish_sync, verbose, json, gcp, ecs, datadog, got "xml"',
        'console: expected one of true, false, pretty, verbose, json, gcp, ecs, datadog, got "colour"',
        'flush: expected one of soon, turn, line, got "later"',
        'base: expected an object of fields, got "eu"; write base: { region: \'eu\' }',
        'redact.keys[0]: expected a non-empty string, got ""',
        'files: expected true or false, got "off"',
        'mode: expected a file mode from 0o600 to 0o777, so that at least the owner reads and writes, got -1',
        'maxLineBytes: expected a whole number of bytes, at least 256, got 10',
      ])
    }
  })

  test('refuses file names that collide with backups or locks of other files', () => {
    const loggers = {
      a: { file: 'a.log' },
      b: { file: 'a.log', flush: 'line' },
      c: { file: 'a.log' },
      d: { file: 'a.log.10' },
    } as const
    expect(() => defineLogs({ loggers })).toThrow(
      'defineLogs:\n' +
        '  - loggers.b.file: expected the same flush as loggers.a, which has this file, too, got flush line and not soon for a.log; name another file\n' +
        '  - loggers.d.file: expected another name than that of a backup of loggers.a.file, got a.log.10; rename it',
    )
  })

  test.each<[string, object, string[]]>([
    [
      'the file of the requests',
      { loggers: { a: { file: 'requests.jsonl', flush: 'line' } } },
      [
        'loggers.requests.file: expected the same flush, format as loggers.a, which has this file, too, got flush soon and not line, format json and not text for requests.jsonl; name another file',
      ],
    ],
    [
      'its backups, and locks',
      { loggers: { a: { file: 'requests.jsonl.1' }, b: { file: '.requests.jsonl.lock.12' } } },
      [
        'loggers.a.file: expected another name than that of a backup of loggers.requests.file, got requests.jsonl.1; rename it',
        'loggers.b.file: expected another name than that of a lock of loggers.requests.file, got .requests.jsonl.lock.12; rename it',
      ],
    ],
    [
      'the file of the levels',
      { loggers: { levels: { file: 'levels.json', format: 'json' }, requests: { file: 'levels.json.2' } } },
      [
        'loggers.levels.file: expected another name than levels.json, by which spoor level sets levels; rename it',
        'loggers.requests.file: expected another name than that of a backup of loggers.levels.file, got levels.json.2; rename it',
      ],
    ],
    [
      'the file of the root',
      { root: { file: 'a.log' }, loggers: { a: { file: 'a.log', rotation: { backups: 2 } }, b: { file: 'a.log.2' } } },
      [
        'loggers.a.file: expected the same rotation.backups as root, which has this file, too, got rotation.backups 2 and not 10 for a.log; name another file',
        'loggers.b.file: expected another name than that of a backup of root.file, got a.log.2; rename it',
      ],
    ],
    [
      'what it was given for the requests',
      { loggers: { requests: { file: 'a.log' }, b: { file: 'a.log', flush: 'line' } } },
      [
        'loggers.requests.file: expected the same flush, format as loggers.b, which has this file, too, got flush soon and not line, format json and not text for a.log; name another file',
      ],
    ],
  ])('compares file names with %s', (_, options, expected) => {
    try {
      defineLogs(options as never)
      expect.unreachable()
    } catch (error) {
      expect((error as OptionsError).problems).toEqual(expected)
    }
  })

  test.each([
    [{ loggers: { a: { file: 'requests.jsonl' } } }, 'loggers.a', 'text', "name another file, or write format: 'json'"],
    [
      { loggers: { a: { file: 'r.log', format: 'verbose' }, requests: { file: 'r.log' } } },
      'loggers.a',
      'verbose',
      "name another file, or write format: 'json'",
    ],
    [{ loggers: {}, root: { file: 'requests.jsonl' } }, 'root', 'text', "name another file, or write format: 'json'"],
    [
      { format: 'verbose', loggers: { a: { file: 'requests.jsonl' } } },
      'loggers.a',
      'verbose',
      "name another file, or write format: 'json'",
    ],
  ])(
    'refuses a second logger that writes other lines than JSON into the file of requests: %j',
    (options, owner, format, fix) => {
      const call = (): unknown => defineLogs({ files: false, ...options } as never)
      expect(call).toThrow(
        new RegExp(
          `${owner}\\.file: expected only JSON lines in r.*, the file of requests, got format ${format}; ${fix}$`,
        ),
      )
    },
  )

  test('accepts a second logger in the file of requests if both write the same kind of lines', () => {
    for (const format of ['json', 'text'] as const) {
      const loggers = { a: { file: 'r.log', format }, requests: { file: 'r.log', format } }
      expect(() => defineLogs({ files: false, loggers })).not.toThrow()
    }
  })

  test.each<[string, object, string]>([
    [
      'formats',
      { loggers: { a: { file: 'x.log' }, b: { file: 'x.log', format: 'json' } } },
      'loggers.b.file: expected the same format as loggers.a, which has this file, too, got format json and not text for x.log; name another file',
    ],
    [
      'a default at the top',
      { flush: 'line', loggers: { a: { file: 'x.log' }, b: { file: 'x.log', flush: 'soon' } } },
      'loggers.b.file: expected the same flush as loggers.a, which has this file, too, got flush soon and not line for x.log; name another file',
    ],
    [
      'the rotation at the top',
      {
        rotation: { backups: 3 },
        loggers: { a: { file: 'x.log' }, b: { file: 'x.log', rotation: { backups: 4, maxBytes: 9 } } },
      },
      'loggers.b.file: expected the same rotation.maxBytes, rotation.backups as loggers.a, which has this file, too, got rotation.maxBytes 9 and not 10485760, rotation.backups 4 and not 3 for x.log; name another file',
    ],
  ])('refuses loggers of one file with different options by name: %s', (_, options, problem) => {
    expect(() => defineLogs({ files: false, ...options } as never)).toThrow(problem)
  })

  test.each([
    ['a secret as a format', { format: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' }],
    ['a long text as a format', { format: 'y'.repeat(100_000) }],
    ['a long text as a limit', { rotation: { maxBytes: 'z'.repeat(100_000) } }],
    ['a list as a rotation', { rotation: Array.from({ length: 20_000 }, (_, at) => at) }],
  ])('says in few words, and without a secret, that loggers of one file differ: %s', (_, odd) => {
    const loggers = { a: { file: 'x.log' }, b: { file: 'x.log', ...odd } } as never
    const message = messageOf(() => defineLogs({ files: false, loggers }))
    expect(message.length).toBeLessThan(2_000)
    expect(message).not.toContain('eyJ')
  })

  test('accepts loggers of one file that agree by a default at the top, or by the old name of a format', () => {
    const agreeing = { a: { file: 'x.log', format: 'publish_sync' }, b: { file: 'x.log', flush: 'line' } } as const
    expect(() => defineLogs({ files: false, flush: 'line', loggers: agreeing })).not.toThrow()
  })

  test('accepts loggers that agree about a shared file', () => {
    const rotation = { backups: 10 }
    expect(() =>
      defineLogs({ root: { file: 'a.log' }, loggers: { a: { file: 'a.log', rotation }, b: { file: '.b.lock.1' } } }),
    ).not.toThrow()
  })

  test.each([
    [
      640,
      'mode: expected a file mode from 0o600 to 0o777, so that at least the owner reads and writes, got 640; did you mean 0o640?',
    ],
    [0o1777, 'mode: expected a file mode from 0o600 to 0o777, so that at least the owner reads and writes, got 1023'],
    [0o440, 'mode: expected a file mode from 0o600 to 0o777, so that at least the owner reads and writes, got 288'],
    [
      '640',
      'mode: expected a file mode from 0o600 to 0o777, so that at least the owner reads and writes, got "640"; did you mean 0o640?',
    ],
    [0o600, undefined],
    [0o777, undefined],
  ])('checks the mode %j', (mode, problem) => {
    const call = () => defineLogs({ mode: mode as number, loggers: {} })
    if (problem === undefined) expect(call).not.toThrow()
    else expect(call).toThrow(`defineLogs: ${problem}`)
  })

  // The options of pino 10 that are not options of defineLogs. docs/logs.md promises a counterpart for each.
  test.each(
    'transport safe name serializers timestamp customLevels useOnlyCustomLevels levelComparison mixin mixinMergeStrategy levelVal messageKey errorKey nestedKey enabled browser formatters msgPrefix hooks depthLimit edgeLimit onChild crlf'.split(
      ' ',
    ),
  )("names the counterpart of pino's option %s", (name) => {
    const call = () => defineLogs({ [name]: 1, loggers: {} } as unknown as { loggers: Record<string, never> })
    expect(call).toThrow(new RegExp(`${name}: no such option; (?!did you mean|there are)`))
  })

  test.each([
    [
      'redact',
      ['password'],
      'redact: expected an object, got ["password"]; name keys: redact: { keys: [\'password\'] }',
    ],
    ['maxSize', 1, 'maxSize: no such option; write rotation: { maxBytes }'],
    ['format', 'pretty', 'got "pretty"; pretty is for the console: write console: \'pretty\''],
    ['console', 'text', 'got "text"; text is for files: write format: \'text\''],
    ['keepForMs', 1, 'keepForMs: no such option; write rotation: { keepForMs }'],
    ['loggers', { a: { maxBytes: 1 } }, 'loggers.a.maxBytes: no such option; write rotation: { maxBytes }'],
    ['rotation', { maxBytes: '10m' }, 'at least 1, got "10m"; write 10_000_000'],
    ['rotation', { backups: '3' }, 'at least 1, got "3"; write 3'],
    ['rotation', { keepForMs: '14d' }, 'at least 1, got "14d"; write 1_209_600_000'],
    ['rotation', { maxAge: '14d' }, 'rotation.maxAge: no such option; write rotation: { keepForMs }, in milliseconds'],
    ['transport', {}, "transport: no such option; outputs are a logger's file, console and handlers"],
    ['filename', 'a.log', 'filename: no such option; write file, a name in directory'],
    ['directry', 'a', 'directry: no such option; did you mean directory?'],
    ['file', 'a.log', 'file: no such option; write it in a logger: loggers: { billing: { file } }'],
    ['defaultMeta', {}, 'defaultMeta: no such option; write base: { … } in defineLogs'],
    ['service', 'shop', 'service: no such option; write it in createSpoor({ service })'],
    ['inspector', {}, 'inspector: no such option; write it in createSpoor({ inspector })'],
    ['root', 'root.log', 'root: expected an object, got "root.log"; write { file: \'root.log\' }'],
    ['root', { redact: {} }, 'root.redact: no such option; write it in defineLogs({ redact })'],
    ['redact', { keys: 'pin' }, 'redact.keys: expected an array, got "pin"; write [\'pin\']'],
    [
      'loggers',
      { billing: 'billing.log' },
      'loggers.billing: expected an object, got "billing.log"; write { file: \'billing.log\' }',
    ],
    ['loggers', { a: { format: 'JSON' } }, 'got "JSON"; did you mean json?'],
    [
      'loggers',
      { a: { directory: 'a' } },
      'loggers.a.directory: no such option; write it in defineLogs({ directory })',
    ],
    ...(
      [
        ['inof', 'info'],
        ['WARNING', 'warn'],
        ['Critical', 'fatal'],
        ['off', 'silent'],
        ['eror', 'error'],
      ] as const
    ).map(([level, meant]): [string, unknown, string] => [
      'loggers',
      { a: { level } },
      `"${level}"; did you mean ${meant}?`,
    ]),
  ])('says what to write instead of %s: %j', (name, value, problem) => {
    expect(() => defineLogs({ loggers: {}, [name]: value } as never)).toThrow(problem)
  })

  test.each([
    ['files', 'files: no such option; write it in defineLogs({ files })'],
    ['redact', 'redact: no such option; write it in defineLogs({ redact })'],
    ['loggers', 'loggers: no such option; write it in defineLogs({ loggers })'],
    ['account', 'account: no such option; pass it to the adapter: spoorExpress(spoor, { account })'],
  ])('createSpoor says where %s belongs', (name, problem) => {
    const logs = defineLogs({ files: false, loggers: {} })
    expect(() => createSpoor({ service: 'test', logs, [name]: {} } as never)).toThrow(problem)
  })

  test('defineLogs names createSpoor for each of its options', () => {
    const options =
      /^export interface SpoorOptions.*?^\}/ms.exec(readFileSync('src/spoor-options.ts', 'utf8'))?.[0] ?? ''
    const names = Array.from(options.matchAll(/^ {2}(\w+)\??:/gm), ([, name]) => String(name))
    expect(names).toContain('queries')
    for (const name of names.filter((one) => one !== 'logs'))
      expect(() => defineLogs({ loggers: {}, [name]: {} } as never)).toThrow(
        `${name}: no such option; write it in createSpoor({ ${name} })`,
      )
  })

  test('createSpoor says how to write one name where it expects an array', () => {
    const logs = defineLogs({ files: false, loggers: {} })
    const given = { inspector: { authorize: () => false, hosts: 'shop.example' }, requestId: { trust: '10.0.0.0/8' } }
    const call = (): unknown => createSpoor({ service: 'test', logs, ...given } as never)
    expect(call).toThrow('inspector.hosts: expected an array, got "shop.example"; write [\'shop.example\']')
    expect(call).toThrow('got "10.0.0.0/8"; write [\'10.0.0.0/8\']')
  })

  test('an adapter says which of its options belong to createSpoor', () => {
    const spoor = createSpoor({ service: 'test', logs: defineLogs({ files: false, loggers: {} }) })
    expect(() => spoorNode(spoor, { handler: () => {}, ignore: () => true } as never)).toThrow(
      'options.ignore: no such option; write it in createSpoor({ ignore })',
    )
  })

  test('hides a secret that is given in place of an array, also in the fix', () => {
    const secret = 'postgres://ann:hunter2@db.example/shop'
    const call = (): unknown => defineLogs({ loggers: {}, redact: { keys: secret } } as never)
    expect(call).toThrow('redact.keys: expected an array')
    expect(call).not.toThrow('hunter2')
  })

  test('ignores options of a prototype', () => {
    const own = { loggers: {}, files: false, root: { console: false as const } }
    expect(() => defineLogs(Object.assign(Object.create({ maxLineBytes: 'x', lines: 7 }), own))).not.toThrow()
    expect(() => defineLogs(Object.create(own))).toThrow('loggers: expected an object, got undefined')
  })

  test('refuses a call without options or loggers', () => {
    expect(() => (defineLogs as (options?: unknown) => unknown)()).toThrow(
      'defineLogs: options: expected an object, got undefined',
    )
    expect(() => (defineLogs as (options?: unknown) => unknown)({})).toThrow(
      'defineLogs: loggers: expected an object, got undefined',
    )
  })
})

function messageOf(call: () => unknown): string {
  try {
    call()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
