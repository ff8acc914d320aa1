import { normalise } from '../../../src/safe-values/sql/normalise.js'
import { must, type Target } from './target.js'

const systems = ['postgresql', 'mysql', 'sqlite', 'microsoft.sql_server', 'other_sql']
/** Nothing that a statement says by itself. */
const canary = 'Qz7canary'

/** Literals and comments that hold a text, by what writes them. */
const literals: Readonly<Record<string, readonly ((text: string) => string)[]>> = {
  postgresql: [
    quotesDoubled,
    (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    (text) => `$tag$${text.replaceAll('$', '')}$tag$`,
    comment,
  ],
  mysql: [
    (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`,
    comment,
    (text) => `1 # ${text.replaceAll(/[\r\n]/g, ' ')}\n`,
  ],
  sqlite: [quotesDoubled, comment],
  'microsoft.sql_server': [quotesDoubled, (text) => `N${quotesDoubled(text)}`, comment],
  other_sql: [quotesDoubled, comment],
}

function quotesDoubled(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function comment(text: string): string {
  return `1 /* ${text.replaceAll(/[*/]/g, ' ')} */`
}

/** The reader of statements must show no literal, and stay within its bounds. The first character chooses the system. */
export const sql: Target = {
  seeds: [
    "0select * from posts where id in (1, 2) and name = 'ann'",
    '1insert into `posts` (a, b) values ("x", 2), ("y", 3) on duplicate key update a = 1',
    "2with t as (select [a b] from `c` where d = 'e') select * from t -- end",
    "3update [posts] set a = N'x' where b = 0x1f",
    "4select $1::text, E'\\'', $$x$$, \"y\"",
  ],
  words: [
    ...['select ', 'from ', 'where ', 'insert into ', 'values (', 'update ', 'set ', 'with t as (', 'join ', 'limit '],
    ...[
      "'",
      "''",
      '"',
      '`',
      '[',
      ']',
      '(',
      ')',
      ',',
      ';',
      '.',
      '$',
      '$$',
      '$1',
      '?',
      ':a',
      '@b',
      '--',
      '-- ',
      '/*',
      '*/',
      '/*!',
    ],
    ...[
      '#',
      '\\',
      "\\'",
      "E'",
      "N'",
      "U&'",
      "x'",
      '0x1f',
      '1e-5',
      '::',
      '||',
      '\n',
      '\u00e9',
      '\ud800',
      '\u2019',
      'null',
      'true',
    ],
  ],
  check(text) {
    const system = systems[(text.codePointAt(0) ?? 0) % systems.length] as string
    const rest = text.slice(1)
    checkBounds(system, rest)
    for (const literal of literals[system] ?? []) {
      const secret = literal(`${rest.slice(0, 200)}${canary}${rest.slice(200, 400)}`)
      for (const statement of [
        `select * from t where a = ${secret}`,
        `insert into t values (1, ${secret}) returning b`,
      ]) {
        const { text: shown = '', summary = '' } = normalise(system, statement)
        must(!`${shown} ${summary}`.includes('canary'), `${system}: a literal is shown`, shown, statement)
      }
    }
  },
}

function checkBounds(system: string, statement: string): void {
  const { text = '', summary = '' } = normalise(system, statement)
  must(text.length <= 1_024 && summary.length <= 255, `${system}: too long`, text.length, summary.length)
}
