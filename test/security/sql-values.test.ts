import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { loadModule, scanSync } from 'libpg-query'
import mysql from 'mysql2'
import { beforeAll, describe, expect, test } from 'vitest'
import { normalise } from '../../src/safe-values/sql/normalise.js'
import { leastCpuMs } from '../least-cpu.js'

const systems = ['postgresql', 'mysql', 'sqlite', 'microsoft.sql_server', 'other_sql']
const ormTexts: { system: string; sql: string }[] = JSON.parse(
  readFileSync(new URL('../sql/orm-texts.json', import.meta.url), 'utf8'),
)

/** Statements with literals at places where readers of SQL go wrong. */
const statements = [
  `select 'a', E'a\\'b\\\\', U&'d\\0061t', B'101', X'1FF', N'n', $$a'b$$, $t$a $$ b$t$, 1, 1.5, .5, 1e10, 1.5e-3, 0x1f`,
  `select 'a' 'b', 'a''b', '', '''', 'a' || 'b', -5, - 5, +5, 5-3, 5--3\n, 5/*c*/+/*d /* e */ f*/3`,
  `select * from a where b = 'c' and d in (1, 2, 'x') or e between 10000 and 20000 limit 77 offset 88`,
  `select date '2026-11-28', interval '1 day', timestamp with time zone '2026-11-28 00:00', '{"a":1}'::jsonb->>'a'`,
  `select a[1], a[1:2], b."c d", "e""f" from "g h" where "i'j" = 'k' -- l'm`,
  `insert into a (b, c) values ('d', 1), ('e''f', 2), (default, null), (E'\\n', now()) on conflict (b) do update set c = 3`,
  `update a set b = 'c', d = d + 10000, e = array['f', 'g'] where h like '%i\\%j%' escape '#' returning k || 'l'`,
  `delete from a using b where a.c = b.c and b.d = 'e' and b.f <> 123456`,
  `with a as (select 'b' as c), d (e) as (values (1), (2)) select * from a, d where c ~ 'x+y' and c !~* 'z'`,
  `create function f(a text default 'b') returns int language sql as $body$ select 'c' || $1; $body$`,
  `create table a (b text default 'c' check (b <> 'd'), e int default 12345, f varchar(255))`,
  `comment on table a is 'it''s b'; alter role c with password 'd'; set e = 'f'; notify g, 'h'`,
  `do $$ begin raise notice 'a %', 'b'; end $$; prepare p as select $1, 'c'; execute p('d', 12345)`,
  `copy a from stdin with (format csv, delimiter ';', null 'x'); explain (analyze, format 'json') select 12345`,
  `select case when a = 'b' then 'c' else 'd' end, coalesce(e, 'f'), count(*) filter (where g = 'h') over (order by i) from j`,
  `select 'a' as "b", 'c' "d", 12345 as e from f, lateral (select 'g') h where (i, j) = ('k', 12345)`,
  `merge into a using b on a.c = b.c when matched and b.d = 'e' then update set f = 'g' when not matched then insert values ('h', 12345)`,
  `begin; savepoint a; lock table b in share mode; insert into c select 'd', 12345 from e union all select 'f', 1; commit`,
]

const canaryWord = 'zkanarienvogelz'
const canaryDigits = '7766554433'
const literalKinds = new Set(['ICONST', 'FCONST', 'SCONST', 'BCONST', 'XCONST', 'USCONST'])

beforeAll(loadModule)

function expectNoCanary(sql: string): void {
  for (const system of systems) {
    const { text = '', summary = '' } = normalise(system, sql)
    for (const canary of [canaryWord, canaryDigits]) {
      expect(text, `${system}: ${sql}`).not.toContain(canary)
      expect(summary, `${system}: ${sql}`).not.toContain(canary)
    }
  }
}

/** A literal of the same kind that contains the canary. */
function withCanary(literal: string): string {
  const quote = literal.search(/['$]/)
  if (quote < 0) return /^\d+$/.test(literal) ? canaryDigits : `${canaryDigits}.5`
  if (literal[quote] === "'") {
    const isDigits = /^[bx]/i.test(literal)
    return `${literal.slice(0, quote + 1)}${isDigits ? canaryDigits : `${canaryWord} `}${literal.slice(quote + 1)}`
  }
  const tag = literal.slice(0, literal.indexOf('$', 1) + 1)
  return `${tag}${canaryWord}${literal.slice(tag.length)}`
}

/** The statement once for each literal that PostgreSQL's own scanner finds, with the canary in that literal. */
function planted(sql: string): string[] {
  const bytes = Buffer.from(sql)
  const literals = scanSync(sql).tokens.filter(({ tokenName }) => literalKinds.has(tokenName))
  return literals.map(({ start, end }) => {
    const literal = bytes.subarray(start, end).toString()
    return bytes.subarray(0, start) + withCanary(literal) + bytes.subarray(end)
  })
}

describe('no literal that PostgreSQL finds comes out of a statement', () => {
  test.each(statements)('%s', (sql) => {
    const all = planted(sql)
    expect(all.length).toBeGreaterThan(1)
    for (const one of all) expectNoCanary(one)
  })

  test('of the statements that ORMs wrote', () => {
    const all = ormTexts.filter(({ system }) => system === 'postgresql').flatMap(({ sql }) => planted(sql))
    expect(all.length).toBeGreaterThan(150)
    for (const sql of all) expectNoCanary(sql)
  })

  test('of statements with hostile strings, in all forms of PostgreSQL', () => {
    const hostile = fc
      .array(
        fc.oneof(fc.constantFrom(...`'"\`\\$;-/*#[]()@:?,.\n e`), fc.constantFrom(' or ', '--', '/*', '*/', '$$')),
        {
          maxLength: 12,
        },
      )
      .map((parts) => parts.join(''))
    const literal = fc.tuple(hostile, hostile, fc.nat(3)).map(([before, after, form]) => {
      const value = `${before}${canaryWord}${after}`
      if (form === 0) return `'${value.replaceAll("'", "''")}'`
      if (form === 1) return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
      if (form === 2) return `$q$${value}$q$`
      return `U&'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    })
    fc.assert(
      fc.property(fc.constantFrom(...statements, 'select 1'), literal, literal, (sql, one, other) => {
        const read = `select ${one}, a from b where c = ${other} and d = 1; `
        const { text = '', summary = '' } = normalise('postgresql', read + sql)
        expect(text, read).not.toContain(canaryWord)
        expect(summary, read).not.toContain(canaryWord)
      }),
      { numRuns: 5_000 },
    )
  })
})

test('no value that mysql2 writes into a statement comes out, read as any dialect', () => {
  const character = fc.constantFrom(...`'"\`\\$;-/*#[]()@:?,.\n\0\r\x1a e`)
  const around = fc.string({ unit: character, maxLength: 10 })
  const value = fc.oneof(
    fc.tuple(around, around).map(([before, after]) => `${before}${canaryWord}${after}`),
    fc.constant(Number(canaryDigits)),
    fc.constant(Buffer.from(canaryWord)),
    fc.tuple(around).map(([text]) => ({ a: `${canaryWord}${text}` })),
  )
  fc.assert(
    fc.property(value, value, value, (one, two, three) => {
      expectNoCanary(
        mysql.format('insert into a (b, c) values (?, ?) on duplicate key update d = ?', [one, two, three]),
      )
      expectNoCanary(mysql.format('select * from a where b = ? and c in (?) -- d', [one, [two, three]]))
    }),
    { numRuns: 5_000 },
  )
})

test('no comment comes out of a statement', () => {
  const comments = [
    `/* ${canaryWord} */`,
    `-- ${canaryWord}\n`,
    `/* /* */ ${canaryWord} */`,
    `/* ' */ /* ${canaryWord} ' */`,
  ]
  for (const comment of comments) {
    for (const sql of [`${comment} select a from b`, `select a ${comment} from b`, `select a from b ${comment}`]) {
      expectNoCanary(sql)
    }
  }
})

describe('hostile texts of a megabyte are read within 50 ms of CPU, and within the bounds', () => {
  const parts = [
    'a', 'a.', 'a,', '(', ')', '()', "'", "''", '"', '""', '`', '[', '[a]', '$', '$a$', '$$', '$a$$b$', '--', '-- \n', '/*', '/**/',
    '/*/', '\\', "'\\'", '1', '1e', '1e-', '?', '?,', ':a', '::', '@', ';', 'select ', 'from a ', 'from a,', 'with a as (',
    '(1),', "('a'),", 'é', '\ud800', '\0', '#', 'E', "E'\\", '<>=', 'a1b2c3d4',
  ] // biome-ignore format: a list of parts

  test.each(parts)('%j', (part) => {
    const tail = part.repeat(Math.ceil(2 ** 20 / part.length))
    for (const system of systems) {
      for (const sql of [tail, `insert into a values ${tail}`, `select * from ${tail}`]) {
        const { text = '', summary = '' } = normalise(system, sql)
        expect(text.length).toBeLessThanOrEqual(1_024)
        expect(summary.length).toBeLessThanOrEqual(255)
        expect(leastCpuMs(50, () => normalise(system, sql))).toBeLessThan(50)
      }
    }
  })
})
