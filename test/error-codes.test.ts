import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/error-codes.md', import.meta.url), 'utf8')
const folder = new URL('../src/', import.meta.url)
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))

/** The codes in the tables of a section: all that stands between back quotes in the cell of the code. */
function codesIn(section: string, cell: number): string[] {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? ''
  const rows = [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row?.split(' | ') ?? []).slice(2)
  // A cell that explains a rule is about no single code.
  return rows.flatMap((cells) => /^`(\w+)`$/.exec(cells[cell] ?? '')?.[1] ?? [])
}

function found(expression: RegExp): string[] {
  return sources.flatMap((text) => [...text.matchAll(expression)].map(([, code]) => code as string))
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)].sort()
}

describe('the table of error codes', () => {
  test('has every code that an error of Spoor can have, and no other', () => {
    expect(unique(codesIn('Errors that Spoor throws', 0))).toEqual(unique(found(/'(ERR_SPOOR_\w+)'/g)))
  })

  test('has every code that Spoor gives a response, and no other', () => {
    const given = [
      ...found(/new Refusal\(\s*\d{3},\s*'(\w+)'/g),
      ...found(/'(?:entity|encoding|charset|request)\.[\w.]+': '(\w+)'/g),
      ...found(/code: '([a-z]\w+)'/g),
      ...found(/\? '(internal_error)'/g),
    ]
    // Of a call to another service, as of any status without a code: the name of the status.
    expect(unique(codesIn('Codes in error responses', 1))).toEqual(unique([...given, 'bad_gateway']))
  })
})
