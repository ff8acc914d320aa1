// Random options of `defineLogs` and `createSpoor`, which really open. They are refused by an error that names the option, or they work.
import fc from 'fast-check'
import { createSpoor, defineLogs } from 'spoor'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { complaintOf, oddValues, pathsOf, setAt, validOptions } from './fuzz/options.js'

const valid = validOptions()
const value = fc.oneof(
  fc.constantFrom(...Object.values(oddValues)),
  fc.constantFrom(
    '',
    'x',
    '\u001b[2J',
    '\ud800',
    'debug',
    'a.log',
    'a.log.1',
    '10m',
    'all',
    true,
    false,
    null,
    0,
    -1,
    0.5,
    1e300,
    2 ** 31,
  ),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    maxDepth: 2,
  }),
)
const changesOf = (options: object) =>
  fc.array(fc.tuple(fc.constantFrom(...pathsOf(options)), value), { minLength: 1, maxLength: 3 })

test('every change of the options of defineLogs is refused by name, or gives loggers that log', async () => {
  const { directory: _, ...names } = valid.logs
  const folder = temporaryFolder()
  await fc.assert(
    fc.asyncProperty(changesOf(names), async (changes) => {
      const { logs: options } = validOptions()
      for (const [path, to] of changes) setAt(options, path, to)
      options['directory'] = folder
      let logs: ReturnType<typeof defineLogs> | undefined
      complaintOf(() => {
        logs = defineLogs({ ...options, files: false, console: false } as never)
      }, Object.keys(valid.logs))
      logs?.get('requests' as never).info({ a: 1 }, 'x')
      await logs?.close()
    }),
    { numRuns: 1_000 },
  )
})

test('every change of the options of createSpoor is refused by name, or gives an instance that runs and closes', async () => {
  const logs = defineLogs({ files: false, console: false, loggers: { a: {} } })
  await fc.assert(
    fc.asyncProperty(changesOf(valid.spoor), async (changes) => {
      const { spoor: options } = validOptions()
      for (const [path, to] of changes) setAt(options, path, to)
      let spoor: ReturnType<typeof createSpoor> | undefined
      complaintOf(() => {
        spoor = createSpoor({ ...options, logs } as never)
      }, [...Object.keys(valid.spoor), 'logs'])
      expect(spoor?.run({ account: 'acme' }, () => 1) ?? 1).toBe(1)
      await spoor?.close()
    }),
    // It was accepted, and refused by the store as `keepForMs`.
    { numRuns: 500, examples: [[[[['tracking', 'keepForMs'], 0]]]] },
  )
})

test('a logger that is asked for by something other than a name is named by its type', () => {
  const logs = defineLogs({ files: false, console: false, loggers: { a: {} } })
  for (const name of [Object.create(null), {}, Symbol('s'), undefined, null, 7n])
    expect(() => logs.get(name as never)).toThrow(/^logs\.get: expected one of a, requests, got "/)
})

test.each([undefined, null, 7, 'text', [], () => {}, new Map(), new Proxy({}, {})])(
  'options that are %s are refused, or work',
  (options) => {
    complaintOf(() => defineLogs(options as never), ['options', 'loggers'])
    complaintOf(() => createSpoor(options as never), ['options', 'service', 'logs'])
  },
)
