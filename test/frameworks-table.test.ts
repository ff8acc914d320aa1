import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cases } from './conformance/cases/all.js'
import { repeated } from './conformance/service.js'

const page = readFileSync(new URL('../docs/frameworks.md', import.meta.url), 'utf8')

test('the table of docs/frameworks.md has exactly the rows of the conformance suite (else: node scripts/frameworks.mjs)', () => {
  const table = [...page.matchAll(/^\| ([SB]\d+) \| (.*?) \|/gm)].map(([, row, says]) => `${row}: ${says}`)
  expect(table.sort()).toEqual(cases.map(({ row, says }) => `${row}: ${says}`).sort())
})

test('the table has no row that did not hold or was not run', () => {
  const rows = page.split('\n').filter((line) => /^\| [SB]\d+ \|/.test(line))
  expect(rows.filter((row) => /✗|not run/.test(row))).toEqual([])
})

test('no two rows say the same', () => {
  expect(repeated(cases.map((one) => one.says))).toEqual([])
})
