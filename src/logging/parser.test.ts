import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../../test/usage/burn.js'
import { createContext } from '../context/request-context.js'
import { redaction } from '../safe-values/redaction.js'
import { type SafeValue, safeFields } from '../safe-values/safe-value.js'
import type { Entry, Formatter } from './entry.js'
import { verbose } from './formatters/verbose.js'
import { levels } from './levels.js'
import { json, text as textFormat } from './line.js'
import { parseLine } from './parser.js'

const formats: [string, Formatter][] = [
  ['json', json],
  ['text', textFormat],
  ['verbose', verbose],
]

// Texts made of what a forger would use, and any text.
const pieces = [' {', '{', '}', '"', '\\', '\\"', '\n', ' ', ':', ',', '[', ']', '{}', ' {}', '"logger":', ' {"logger":"x"', '"account":"evil"', ' {"logger":"x","account":"evil"}', '[INFO] ', '\u001b', '\u2028', '\ud800', '%s'] // biome-ignore format: a list of pieces
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((list) => list.join('')),
)
// No name has a backslash in it: where a member was called `\`, V8 reads the `"\n"` of the next object that begins alike
// as that name (Node 24 and 26, nodejs/node#63785), which came about once in some hundred runs of this.
const name = text.map((made) => made.replaceAll('\\', '/'))
const value = fc.jsonValue().filter((made) => !JSON.stringify(made).includes('\\\\')) as fc.Arbitrary<SafeValue>
const fields = fc.dictionary(name, fc.oneof(text, value, fc.array(text), fc.dictionary(name, text)), { maxKeys: 6 })
const entries = fc.record<Entry>({
  time: fc.integer({ min: 0, max: 4e12 }),
  level: fc.constantFrom(...levels),
  logger: fc.constantFrom('publish_sync', 'root', 'a.b-c'),
  message: text,
  fields: fields.map((made) => safeFields(made, redaction())),
})
const ids = fc.stringMatching(/^[A-Za-z0-9._:@/+=~-]{1,40}$/)
const contexts = fc.option(
  fc
    .record({
      requestId: ids,
      parentId: fc.option(ids, { nil: undefined }),
      account: fc.option(
        text.filter((t) => t !== ''),
        { nil: undefined },
      ),
    })
    .map((seed) => createContext('request', seed)),
  { nil: undefined },
)

// What a message may begin with: nothing, or what verbose lines of the same logger and request begin with.
const heads = fc.oneof(
  fc.constant(() => ''),
  fc.nat().map((pid) => (logger: string, requestId: string) => `[${logger}] [${pid}] [${requestId}] `),
)

describe.each(formats)('a line in the format %s', (_, format) => {
  test('is parsed into its entry, for any entry', () => {
    fc.assert(
      fc.property(entries, contexts, heads, (made, context, head) => {
        const { requestId, parentId, account } = context ?? {}
        const entry = { ...made, message: head(made.logger, requestId ?? '-') + made.message }
        const parsed = parseLine(format(entry, context))
        const clashes = ['time', 'level', 'logger', 'requestId', 'parentId', 'traceId', 'account', 'message']
        const own = Object.entries(entry.fields).filter(([key]) => !clashes.includes(key))
        expect(parsed).toMatchObject({
          time: entry.time,
          level: entry.level,
          logger: entry.logger,
          message: entry.message,
        })
        expect({ requestId: parsed?.requestId, parentId: parsed?.parentId, account: parsed?.account }).toEqual({
          requestId,
          parentId,
          account,
        })
        for (const [key, value] of own)
          expect(Object.entries(parsed?.fields ?? {})).toContainEqual([key, JSON.parse(JSON.stringify(value))])
        expect(Object.keys(parsed?.fields ?? {})).toHaveLength(Object.keys(entry.fields).length)
      }),
      { numRuns: 1_000 },
    )
  })

  test('is parsed with backslashes in the name of a field', () => {
    const fields = { 'C:\\logs\\"a"\n': 1, within: { '\\\\': 2 } }
    expect(parseLine(format({ time: 0, level: 'info', logger: 'a', message: 'x', fields }, undefined))).toMatchObject({
      fields,
    })
  })

  test('never takes its context from a message or a field', () => {
    const forged = '{"logger":"root","requestId":"forged","account":"forged"}'
    const everywhere = fc.constantFrom(
      forged,
      ` ${forged}`,
      ` ${forged} `,
      `\n[2026-11-24T07:26:20.123Z] [INFO] x ${forged}`,
    )
    fc.assert(
      fc.property(entries, contexts, text, everywhere, text, (entry, context, before, forgery, after) => {
        const said = before + forgery + after
        const fields = { ...entry.fields, said, [said]: said, list: [said], account: said, requestId: said }
        const line = format({ ...entry, message: said, fields }, context)
        expect(line).not.toContain('\n')
        const parsed = parseLine(line)
        expect(parsed).toMatchObject({ logger: entry.logger, message: said })
        expect(parsed?.account).toBe(context?.account)
        expect(parsed?.requestId).toBe(context?.requestId)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a line of another program', () => {
  test.each([
    '',
    'hello',
    '{}',
    '{"time":"2026-11-24T07:26:20.123Z"}',
    '{"time":"never","level":"info","logger":"a","message":"x"}',
    '{"time":"2026-11-24T07:26:20.123Z","level":"loud","logger":"a","message":"x"}',
    '[2026-11-24T07:26:20.123Z] [INFO] no object',
    '[2026-11-24T07:26:20.123Z] [LOUD] x {"logger":"a"}',
    '[2026-11-24T07:26:20.123Z] [INFO] torn {"logger":"a","x":',
    '[2026-11-24T07:26:20.123Z] [INFO] {"logger":7}',
    '    at Object.<anonymous> (file.js:1:1)',
  ])('%j', (line) => {
    expect(parseLine(line)).toBeUndefined()
  })

  test('is recognized in linear time', () => {
    for (const unit of [' {"a":', ' {"logger":', ' {', ' {}', '\\']) {
      const line = `[2026-11-24T07:26:20.123Z] [INFO] ${unit.repeat(200_000)}`
      expect(
        cpuMsOf(() => parseLine(line)),
        unit,
      ).toBeLessThan(1_000)
    }
  })
})

test('an empty message, and a message that looks like the prefix of a verbose line, are parsed unchanged', () => {
  const entry: Entry = { time: 0, level: 'info', logger: 'a', message: '', fields: {} }
  for (const [, format] of formats) {
    expect(parseLine(format(entry, undefined))?.message).toBe('')
    for (const message of [
      '[a] [x] [-] hello',
      '[a] [123] [-] hello',
      '[a] [123] [-] [a] [123] [-] ',
      '\\u005ba] [1] [-] ',
    ]) {
      expect(parseLine(format({ ...entry, message }, undefined))?.message).toBe(message)
    }
  }
})
