import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalise } from './normalise.js'

interface OrmText {
  readonly from: string
  readonly system: string
  readonly sql: string
  /** Read from the model that made the text, not from the text. */
  readonly tables?: readonly string[]
}

const ormTexts: readonly OrmText[] = JSON.parse(
  readFileSync(new URL('../../../test/sql/orm-texts.json', import.meta.url), 'utf8'),
)
const systems = ['postgresql', 'mysql', 'mariadb', 'sqlite', 'microsoft.sql_server', 'other_sql']
const operations = new Set(
  'SELECT INSERT UPDATE DELETE MERGE REPLACE CREATE ALTER DROP TABLE INDEX FUNCTION START BEGIN COMMIT SET'.split(' '),
)

const textOf = (sql: string, system = 'postgresql'): string | undefined => normalise(system, sql).text
const summaryOf = (sql: string, system = 'postgresql'): string | undefined => normalise(system, sql).summary
const tablesIn = (summary = ''): string[] => summary.split(' ').filter((word) => word !== '' && !operations.has(word))

describe('the summary of a statement', () => {
  test.each([
    ['select * from songs, artists', 'SELECT songs artists'],
    ['INSERT INTO shipping_details SELECT * FROM orders', 'INSERT shipping_details SELECT orders'],
    ['update "public"."posts" set a = 1', 'UPDATE public.posts'],
    ['delete from posts using users where true', 'DELETE posts users'],
    ['with recent as (select * from posts) select * from recent join users using (id)', 'SELECT posts SELECT users'],
    ['select extract(day from now()), a is distinct from b from posts', 'SELECT posts'],
    ['select * from (posts join users on true)', 'SELECT posts users'],
    ['create table if not exists posts (id int)', 'CREATE TABLE posts'],
    ['truncate table posts', 'TRUNCATE TABLE posts'],
    ['truncate posts', 'TRUNCATE posts'],
    ['begin; select 1 from a; commit', 'BEGIN SELECT a COMMIT'],
    ['explain select * from posts', 'EXPLAIN SELECT posts'],
    ['select * from events_2026_11', 'SELECT events_?'],
    ['values (1), (2)', 'VALUES'],
  ])('of %s is %s', (sql, summary) => {
    expect(summaryOf(sql)).toBe(summary)
  })

  test('has exactly the tables of 125 texts that ORMs wrote', () => {
    const known = ormTexts.filter(({ tables }) => tables !== undefined)
    expect(known).toHaveLength(125)
    for (const { system, sql, tables } of known) {
      const found = new Set(tablesIn(normalise(system, sql).summary))
      expect([...found].sort(), sql).toEqual([...new Set(tables)].sort())
    }
  })

  test('has at most 255 characters, and no name is cut', () => {
    const names = Array.from({ length: 100 }, (_, at) => `table_number_${String.fromCharCode(97 + (at % 26))}`)
    const summary = summaryOf(`select * from ${names.join(', ')}`) as string
    expect(summary.length).toBeLessThanOrEqual(255)
    expect(summary.length).toBeGreaterThan(230)
    for (const name of tablesIn(summary)) expect(names).toContain(name)
  })

  test('is undefined for text that is not SQL', () => {
    for (const text of ['', 'canary and more', '{"find":"users"}', 'GET /users'])
      expect(summaryOf(text)).toBeUndefined()
  })
})

describe('the text of a statement', () => {
  test.each([
    ["select * from posts where a = 'x' and b = 5.2e-7", 'select * from posts where a = ? and b = ?'],
    ['select * from posts where id in ($1, $2, $3)', 'select * from posts where id in (?)'],
    ["insert into a (b, c) values ($1, default), (null, 4), (-5, E'x\\'')", 'insert into a (b, c) values (?)'],
    ['select 1 -- from ann@example.org\n from a /* by /* nested */ me */', 'select ? from a'],
    ["select $tag$it's$tag$, X'ff', $$$$, true", 'select ?'],
    ['select "we\'ird; x" from a', 'select ? from a'],
    ["select a::text, b->>'c' from t;", 'select a::text, b ->> ? from t'],
    ['select :name, @p1', 'select ?'],
  ])('of %s has ? in place of values', (sql, text) => {
    expect(textOf(sql)).toBe(text)
  })

  test('is the same however many rows and values a statement has', () => {
    const insert = (rows: number): string =>
      `insert into a (b, c) values ${Array.from({ length: rows }, (_, at) => `(${at}, 'x')`).join(', ')} returning b`
    expect(textOf(insert(500))).toBe(textOf(insert(1)))
  })

  test.each([
    ['postgresql', "select 'a\\' , canary"],
    ['mysql', "select 'a\\' , canary"],
    ['mysql', 'select "a\\" , canary'],
    ['other_sql', "select 'a\\' , canary"],
    ['postgresql', "select 'canary"],
    ['postgresql', 'select 1 /* canary'],
    ['postgresql', 'select $a$ canary $b$'],
    ['mysql', 'select `canary'],
    ['other_sql', 'select 1 # canary'],
    ['other_sql', 'select 1 -- canary'],
    ['other_sql', 'select 1 /* canary */'],
    ['other_sql', 'select 1 /* a /* b */ canary */'],
    ['other_sql', 'select "canary"'],
    ['other_sql', "select [a'b] = 'canary'"],
  ])('of %s is withheld where the end of a string cannot be told: %s', (system, sql) => {
    expect(textOf(sql, system)).not.toContain('canary')
  })

  test('has at most 1,024 characters', () => {
    for (const [part, times] of [
      ['aaaaaaa + ', 400],
      ['a.', 9_000],
      ['((', 9_000],
    ] as const) {
      const text = textOf(`select ${part.repeat(times)}`) as string
      expect(text.length).toBeLessThanOrEqual(1_024)
      expect(text.endsWith('…')).toBe(true)
    }
  })
})

describe('the memory', () => {
  test('returns the same result for a text without literals, and does not keep texts with literals', () => {
    const sql = 'select * from remembered where id = $1'
    expect(normalise('postgresql', sql)).toBe(normalise('postgresql', sql))
    const literal = "select * from remembered where name = 'ann'"
    expect(normalise('postgresql', literal)).not.toBe(normalise('postgresql', literal))
    expect(normalise('postgresql', literal).hadLiteral).toBe(true)
  })

  test('keeps the same text of two systems apart', () => {
    const sql = 'select "name" from users'
    expect(textOf(sql, 'postgresql')).toBe('select name from users')
    expect(textOf(sql, 'mysql')).toBe('select ? from users')
  })

  test('holds few texts, and no long ones', () => {
    const first = normalise('postgresql', 'select * from first')
    for (let at = 0; at < 600; at++) normalise('postgresql', `select * from t${at}`)
    expect(normalise('postgresql', 'select * from first')).not.toBe(first)
    const long = `select ${'a, '.repeat(2_000)} b`
    expect(normalise('postgresql', long)).not.toBe(normalise('postgresql', long))
  })
})

test('no text makes the reader throw or exceed its bounds', () => {
  const part = fc.constantFrom(
    ...['select ', 'from ', 'a', '"', "'", '`', '[', ']', '(', ')', ',', '.', ';', '$', '$$', '--', '/*', '*/', '\\'],
    ...['#', ':', '::', '@', '?', '-', '1e-', 'é', '\ud800', 'with ', 'values ', '\n', 'E', ' '],
  )
  const sql = fc.array(fc.oneof(part, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 60 })
  fc.assert(
    fc.property(fc.constantFrom(...systems), sql, (system, parts) => {
      const { text = '', summary = '' } = normalise(system, parts.join(''))
      expect(text.length).toBeLessThanOrEqual(1_024)
      expect(summary.length).toBeLessThanOrEqual(255)
    }),
    { numRuns: 2_000 },
  )
})
