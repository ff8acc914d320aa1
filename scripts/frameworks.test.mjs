import { expect, test } from 'vitest'
import { begin, end, replaced, tableOf } from './frameworks.mjs'

const result = (node, title, status, meta = {}) => ({
  ancestorTitles: [`spoor/node on Node ${node}`],
  title,
  status,
  meta,
})
const report = (...assertionResults) => ({ testResults: [{ assertionResults }] })

test('a row that holds on every Node version has a tick, another one says where it holds', () => {
  const on20 = report(result(20, 'S2: b', 'passed'), result(20, 'S1: a', 'passed'), result(20, 'S1: c', 'passed'))
  const on22 = report(result(22, 'S2: b', 'failed'), result(22, 'S1: a', 'passed'))
  expect(tableOf([on20, on22]).split('\n')).toEqual([
    '✓ = on Node 20, 22.',
    '',
    '| row | what holds | spoor/node |',
    '| --- | --- | --- |',
    '| S1 | a | ✓ |',
    '| S1 | c | ✓ 20; not run on 22 |',
    '| S2 | b | ✓ 20; ✗ 22 |',
  ])
})

test('a row that does not apply says the reason, and what is no row is left out', () => {
  const lacking = [{ row: 'S1', says: 'a', reason: 'no routes' }]
  const table = tableOf([report(result(20, 'names nothing', 'passed', { lacking })), undefined, {}])
  expect(table).toContain('| S1 | a | no routes |')
  expect(table).not.toContain('names nothing')
})

test('the table stands between its marks, the rest of the page stays', () => {
  expect(replaced(`a\n${begin}\nold\n${end}\nb`, 'new')).toBe(`a\n${begin}\n\nnew\n\n${end}\nb`)
  expect(() => replaced('a page without', 'new')).toThrow('has no')
})
