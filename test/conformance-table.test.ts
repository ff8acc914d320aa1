import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adapterCases, coreCases } from './conformance/cases.js'
import { repeated } from './conformance/service.js'

const cases = [...adapterCases, ...coreCases]
const pageOf = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
const conformance = pageOf('conformance.md')

test('docs/conformance.md has exactly the cases of the conformance suite (else: node scripts/conformance.mjs)', () => {
  const table = [...conformance.matchAll(/^\| ([SB]\d+) \| (.*?) \|/gm)].map(([, row, says]) => `${row}: ${says}`)
  expect(table.sort()).toEqual(cases.map(({ row, says }) => `${row}: ${says}`).sort())
})

test('docs/conformance.md has no case that failed or did not run', () => {
  const rows = conformance.split('\n').filter((line) => /^\| [SB]\d+ \|/.test(line))
  expect(rows.filter((row) => /✗|not run/.test(row))).toEqual([])
})

test('docs/frameworks.md names each promise that the suite tests, and no other', () => {
  const promises = [...pageOf('frameworks.md').matchAll(/^\| ([SB]\d+) \|/gm)].map(([, row]) => row)
  expect(promises.sort()).toEqual([...new Set(cases.map(({ row }) => row))].sort())
})

test('no two cases have the same sentence', () => {
  expect(repeated(cases.map((one) => one.says))).toEqual([])
})
