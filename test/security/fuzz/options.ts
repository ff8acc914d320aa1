import { defineLogs } from '../../../src/logging/define-logs.js'
import { checkOptions, OptionsError } from '../../../src/options.js'
import { spoorOptions } from '../../../src/spoor-options.js'
import { dangerous, must, type Target } from './target.js'

const fn = (): undefined => undefined

/** Values that JSON does not have, by the name that a text gives them. */
export const oddValues: Readonly<Record<string, unknown>> = {
  $undefined: undefined,
  $fn: fn,
  $throws: () => {
    throw new Error('thrown')
  },
  $symbol: Symbol('s'),
  $bigint: 10n,
  $nan: Number.NaN,
  $infinity: Number.POSITIVE_INFINITY,
  $bare: Object.create(null),
  $date: new Date(0),
  $map: new Map([['a', 1]]),
  $sparse: Array(3),
  $promise: Promise.resolve(1),
  $class: class Handler {},
  $handler: { write: fn, flush: async () => {}, close: async () => {} },
  $store: { put: fn, update: fn, get: fn, list: fn, health: fn, close: fn },
}

/** Every option of `defineLogs` and `createSpoor`, with a valid value. `logs` stays as it is: it opens no file. */
export function validOptions(): { readonly logs: Record<string, unknown>; readonly spoor: Record<string, unknown> } {
  const logger = { file: 'a.log', level: 'info', format: 'text', console: false, flush: 'soon', rotation: { maxBytes: 1_000, backups: 2, keepForMs: 60_000 }, handlers: [], propagate: false } // biome-ignore format: one line
  const { propagate: _, ...root } = logger
  return {
    logs: {
      ...{
        directory: 'logs',
        rotation: { maxBytes: 1_000, backups: 2, keepForMs: 60_000 },
        root: { ...root, file: 'root.log' },
      },
      loggers: { a: logger, b: { ...logger, propagate: true }, requests: { console: false } },
      ...{
        level: 'info',
        format: 'text',
        console: false,
        flush: 'soon',
        base: { region: 'eu' },
        redact: { keys: ['pin'], replace: '[x]' },
      },
      ...{
        beforeLine: (entry: unknown) => entry,
        mode: 0o600,
        maxLineBytes: 4_096,
        sample: 1,
        flood: { lines: 100, everyMs: 1_000 },
      },
      detail: { level: 'debug', keepLines: 200, slowMs: 1_000, when: () => false },
    },
    spoor: {
      ...{
        service: 'shop',
        version: '1.0.0',
        requestId: { trust: ['10.0.0.0/8'], header: 'X-Request-ID', generate: () => 'made-1' },
      },
      ...{
        requestLine: { remoteAddress: true, userAgent: true, level: fn },
        errors: { format: 'problem', map: fn, level: () => 'info' },
      },
      ...{ ignore: () => false, resolveWithinMs: 1_000, queries: { logger: 'a', slowMs: 100 } },
      tracking: { mode: 'header', allow: () => true, keepForMs: 60_000, maxBytes: 1_000_000, maxOpen: 5, maxMs: 10_000, lateMs: 10, windows: { everyMs: 500, forMs: 20 }, memory: false, fs: false, watchdog: false }, // biome-ignore format: one line
      ...{
        inspector: { authorize: () => 'all', hosts: ['localhost'], origins: ['https://app.example'], overlay: false },
      },
      ...{
        outgoing: [{ host: 'blog.example', logger: 'a', propagate: true }],
        budget: { account: { cpuShare: 1, queryShare: 1 } },
      },
      alerts: {
        url: 'http://127.0.0.1:9/x',
        secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3',
        on: ['errors'],
        everyMs: 600_000,
      },
    },
  }
}

/** Sets the member at a path of names; a path through a value that is not an object sets nothing. */
export function setAt(options: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let place: unknown = options
  for (const name of path.slice(0, -1)) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return
    place = (place as Record<string, unknown>)[name]
  }
  if (typeof place !== 'object' || place === null || Object.isFrozen(place)) return
  Object.defineProperty(place, path.at(-1) ?? '', { value, enumerable: true, writable: true, configurable: true })
}

/** The names of all options, by their paths. */
export function pathsOf(options: object, before: readonly string[] = []): string[][] {
  return Object.entries(options).flatMap(([name, value]) => {
    const path = [...before, name]
    return typeof value === 'object' && value !== null ? [path, ...pathsOf(value, path)] : [path]
  })
}

/** What `fn` says about the options; undefined if they are accepted. @throws Error if it fails in another way */
export function complaintOf(fn: () => unknown, names: readonly string[]): OptionsError | undefined {
  try {
    fn()
    return undefined
  } catch (error) {
    must(error instanceof OptionsError, 'not a clear error', String(error), (error as Error)?.stack)
    must(error.problems.length > 0 && error.message.length < 20_000, 'no problem, or a long one', error.message.length)
    must(!dangerous.test(error.message.replaceAll('\n', '')), 'the message has a control character', error.message)
    for (const problem of error.problems) {
      const isNamed =
        names.some((name) => problem.startsWith(name)) || /^(?:options|\[|[\w$]+: no such option)/.test(problem)
      must(isNamed, 'the problem names no option', problem)
    }
    return error
  }
}

const valid = validOptions()
const paths = [
  ...pathsOf(valid.logs).map((path) => `logs.${path.join('.')}`),
  ...pathsOf(valid.spoor).map((path) => `spoor.${path.join('.')}`),
]

/** Changed options, one a line (`logs.loggers.a.level = "loud"`), must be accepted or refused with the name of the option. */
export const options: Target = {
  seeds: [
    'logs.level = "loud"',
    'spoor.tracking.mode = "al"\nspoor.tracking.windows.forMs = 500',
    'logs.loggers.c = {"file":"a.log.1"}',
    'logs.loggers.a.rotation = "\\u0000"',
    `logs.loggers.a.rotation = ${'x'.repeat(600)}`,
    'logs.loggers.a.flush = $symbol',
    'logs.mode = $bare',
    'logs.loggers.a.rotation.backups = $bare',
  ],
  words: [
    ...paths.map((path) => `${path} = `),
    ...[
      '\n',
      ' = ',
      '.0 = ',
      '.length = ',
      '.x = ',
      '.__proto__ = ',
      '.toString = ',
      '"',
      '{}',
      '[]',
      'null',
      'true',
      '-1',
      '0.5',
      '1e999',
    ],
    ...[
      '"debug"',
      '"a.log"',
      '"a.log.1"',
      '".a.log.lock.1"',
      '"10m"',
      '"all"',
      '"x\\u001b[2J"',
      '"\\ud800"',
      '{"file":',
      '{"__proto__":1}',
    ],
    ...Object.keys(oddValues),
  ],
  check(text) {
    const given = validOptions()
    for (const line of text.split('\n')) {
      const at = line.indexOf(' = ')
      const [first = '', ...path] = line.slice(0, Math.max(0, at)).split('.')
      if (first !== 'logs' && first !== 'spoor') continue
      setAt(given[first], path, oddOrJson(line.slice(at + 3)))
    }
    // A directory would be created.
    const logs = { ...given.logs, files: false }
    complaintOf(() => void defineLogs(logs as never).close(), Object.keys(valid.logs))
    const fake = { get: () => ({}), root: { warn: fn } }
    complaintOf(
      () => checkOptions('createSpoor', { ...given.spoor, logs: fake }, spoorOptions),
      Object.keys(valid.spoor),
    )
  },
}

function oddOrJson(text: string): unknown {
  const word = text.trim()
  if (Object.hasOwn(oddValues, word)) return oddValues[word]
  try {
    return JSON.parse(word)
  } catch {
    return word
  }
}
