import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './child.mjs'
import { tally, tallySteps, totalLine } from './results.mjs'

const passed = { title: 'works', ancestorTitles: ['', 'a'], status: 'passed' }
const fileOf = (assertionResults, status = 'passed', message = '') => ({
  name: join(root, 'src/a.test.ts'),
  status,
  message,
  assertionResults,
})
const reportOf = (...files) => ({ testResults: files })

test('passed, failed and skipped tests are counted separately and named', () => {
  const file = fileOf([
    passed,
    { ...passed, title: 'b', status: 'failed' },
    { ...passed, title: 'c', status: 'skipped' },
  ])
  const result = tally('unit', reportOf(file), 1)
  expect(result).toEqual({
    runner: 'unit',
    passed: 1,
    failed: ['src/a.test.ts › a › b'],
    skipped: ['src/a.test.ts › a › c'],
    again: [],
  })
  expect(totalLine([result, result])).toBe('2 passed, 2 failed, 2 skipped')
})

test('a test that passes only when tried again is passed, and named with its first failure', () => {
  const result = tally('unit', reportOf(fileOf([{ ...passed, failureMessages: ['Error: late\n    at a'] }])), 0)
  expect(result).toMatchObject({ passed: 1, failed: [], again: ['src/a.test.ts › a › works: Error: late'] })
})

test('a file that does not load is a failure', () => {
  const result = tally('unit', reportOf(fileOf([passed]), fileOf([], 'failed', 'Cannot find module\nstack')), 1)
  expect(result).toMatchObject({ passed: 1, failed: ['src/a.test.ts: Cannot find module'] })
})

test('a hook that fails and skips its tests is a failure', () => {
  const result = tally('unit', reportOf(fileOf([{ ...passed, status: 'skipped' }], 'failed', 'beforeAll')), 1)
  expect(result.failed).toHaveLength(1)
})

test('a test that did not end is a failure', () => {
  expect(tally('unit', reportOf(fileOf([{ ...passed, status: 'pending' }])), 1).failed).toHaveLength(1)
})

test('a runner that died, ran no test, or failed outside its tests is a failure', () => {
  expect(tally('unit', undefined, 137).failed).toEqual(['no report: the runner died (exit code 137)'])
  expect(tally('unit', undefined, 0).failed).toHaveLength(1)
  expect(tally('unit', reportOf(), 0).failed).toEqual(['not one test was executed'])
  expect(tally('unit', reportOf(fileOf([{ ...passed, status: 'skipped' }])), 0).failed).toHaveLength(1)
  expect(tally('unit', reportOf(fileOf([passed])), 1).failed).toHaveLength(1)
})

test('steps count like tests', () => {
  const result = tallySteps('check', [
    { name: 'types', ok: true },
    { name: 'lint', ok: false },
  ])
  expect(result).toEqual({ runner: 'check', passed: 1, failed: ['lint'], skipped: [], again: [] })
  expect(totalLine([result])).toBe('1 passed, 1 failed')
})
