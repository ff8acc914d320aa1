import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { levelNumbers, levels } from '../levels.js'
import { type LevelRule, LevelRules, ruleWords } from './level-rules.js'
import { levelsText, readLevels } from './levels-json.js'

const until = '2030-01-01T00:00:00.000Z'
const acme = { id: 'own', requestId: 'r1', parentId: undefined, account: 'acme', user: 'ann' }
const leastOf = (rules: Omit<LevelRule, 'until'>[], logger: string, context?: typeof acme) =>
  new LevelRules(rules.map((rule) => ({ ...rule, until }))).leastOf(logger, context)

describe('a rule', () => {
  test.each<[string, Omit<LevelRule, 'until' | 'level'>, string, typeof acme | undefined, boolean]>([
    ['of a logger selects its lines', { logger: 'a' }, 'a', undefined, true],
    ['of a logger selects no lines of another', { logger: 'a' }, 'b', undefined, false],
    ['of an account selects lines of that account', { account: 'acme' }, 'a', acme, true],
    ['of an account selects no lines of another', { account: 'globex' }, 'a', acme, false],
    ['of an account selects no lines outside requests', { account: 'acme' }, 'a', undefined, false],
    ['of a user selects lines of that user', { user: 'ann' }, 'a', acme, true],
    ['of a request selects its lines', { requestId: 'r1' }, 'a', acme, true],
    [
      'of a request selects lines of its jobs',
      { requestId: 'parent' },
      'a',
      { ...acme, parentId: 'parent' } as never,
      true,
    ],
    ['of a request selects no lines of another', { requestId: 'r2' }, 'a', acme, false],
    ['with several members selects lines that have all', { logger: 'a', account: 'acme' }, 'a', acme, true],
    ['with several members selects no lines that have one', { logger: 'a', account: 'acme' }, 'b', acme, false],
    ['without members selects all lines', {}, 'a', undefined, true],
    ['without a logger leaves the lines of requests alone', { account: 'acme' }, 'requests', acme, false],
  ])('%s', (_, rule, logger, context, isSelected) => {
    expect(leastOf([{ ...rule, level: 'debug' }], logger, context)).toBe(isSelected ? levelNumbers.debug : undefined)
  })

  test('that is more verbose decides, in any order', () => {
    const rule = fc.record({
      level: fc.constantFrom(...levels, 'silent' as const),
      logger: fc.constantFrom(undefined, 'a', 'b'),
      account: fc.constantFrom(undefined, 'acme', 'globex'),
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), (rules) => {
        const selected = rules.filter(({ logger = 'a', account = 'acme' }) => logger === 'a' && account === 'acme')
        const least = selected.length === 0 ? undefined : Math.min(...selected.map(({ level }) => levelNumbers[level]))
        expect(leastOf(rules, 'a', acme)).toBe(least)
        expect(leastOf([...rules].reverse(), 'a', acme)).toBe(least)
      }),
    )
  })

  test('no longer holds after its time', () => {
    const rules = new LevelRules([
      { level: 'debug', until: new Date(1_000).toISOString() },
      { level: 'trace', until: new Date(2_000).toISOString() },
    ])
    expect(rules.at(999)).toBe(rules)
    expect(rules.at(1_000)?.rules).toHaveLength(1)
    expect(rules.at(2_000)).toBeUndefined()
  })

  test('is told in words', () => {
    const rule: LevelRule = {
      logger: 'publish_sync',
      account: 'acme',
      user: 'ann',
      requestId: 'r1',
      level: 'debug',
      until,
    }
    expect(ruleWords(rule)).toBe(`publish_sync at debug for account acme for user ann for request r1 until ${until}`)
    expect(ruleWords({ level: 'warn', until })).toBe(`all loggers but requests at warn until ${until}`)
  })
})

describe('the text of a levels.json', () => {
  const name = fc.option(fc.string({ minLength: 1, maxLength: 200 }), { nil: undefined })
  const rule: fc.Arbitrary<LevelRule> = fc
    .record({
      logger: name,
      account: name,
      user: name,
      requestId: name,
      level: fc.constantFrom(...levels, 'silent' as const),
      until: fc
        .date({ min: new Date(0), max: new Date('2999-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    })
    .map((one) => JSON.parse(JSON.stringify(one)))

  test('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 10 }), (rules) => {
        expect(readLevels(levelsText(rules))).toEqual(rules)
      }),
    )
  })

  test('that is anything else is refused with a reason, or is read', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(rule, { maxLength: 3 }).map((rules) => levelsText(rules).slice(0, -3)),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(Array.isArray(readLevels(text))).toBe(true)
        } catch (error) {
          expect((error as Error).message).toMatch(/^levels\.json:/)
        }
      }),
    )
  })

  test.each([
    ['{"version":2,"levels":[]}', 'version: expected 1, got 2'],
    ['{"version":1}', 'levels: expected an array'],
    ['{"version":1,"levels":[{"level":"loud","until":"2030-01-01"}]}', 'levels[0].level: expected one of trace'],
    ['{"version":1,"levels":[{"level":"debug"}]}', 'levels[0].until: expected a time'],
    ['{"version":1,"levels":[{"level":"debug","until":"2030-01-01","acount":"a"}]}', 'did you mean account?'],
    [
      `{"version":1,"levels":[{"level":"debug","until":"2030-01-01","user":"${'a'.repeat(201)}"}]}`,
      '1 to 200 characters',
    ],
    [levelsText(Array.from({ length: 201 }, () => ({ level: 'debug', until }) as const)), 'at most 200, got 201'],
    ['[]', 'levels.json'],
    ['null', 'expected an object'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => readLevels(text)).toThrow(reason)
  })
})
