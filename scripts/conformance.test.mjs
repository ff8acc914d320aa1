import { expect, test } from 'vitest'
import { begin, end, replaced, tablesOf } from './conformance.mjs'

const result = (column, node, title, status, meta = {}) => ({
  ancestorTitles: [`${column} on Node ${node}`],
  title,
  status,
  meta,
})
const report = (...assertionResults) => ({ testResults: [{ assertionResults }] })
const node = 'spoor/node'

test('a cell lists the Node versions on which the case holds, and those on which it fails', () => {
  const on20 = report(result(node, 20, 'S2: b', 'passed'), result(node, 20, 'S1: a', 'passed'))
  const on22 = report(result(node, 22, 'S2: b', 'failed'), result(node, 22, 'S1: a', 'passed'))
  const [adapters] = tablesOf([on20, on22])
  expect(adapters.split('\n')).toEqual([
    '| row | case | spoor/node |',
    '| --- | --- | --- |',
    '| S1 | a | 20, 22 |',
    '| S2 | b | 20; ✗ 22 |',
  ])
})

test('cases of the core stand in a table of their own', () => {
  const [adapters, core] = tablesOf([
    report(result(node, 20, 'S1: a', 'passed'), result('core', 24, 'S4: c', 'passed')),
  ])
  expect(adapters).not.toContain('S4')
  expect(core.split('\n').slice(2)).toEqual(['| S4 | c | 24 |'])
})

test('a case that does not apply says the reason, and other tests are left out', () => {
  const lacking = [{ row: 'S1', says: 'a', reason: 'no routes' }]
  const [table] = tablesOf([report(result(node, 20, 'names nothing', 'passed', { lacking })), undefined, {}])
  expect(table).toContain('| S1 | a | no routes |')
  expect(table).not.toContain('names nothing')
})

test('each table stands between its marks, and the rest of the page stays', () => {
  const page = `a\n${begin}\nold\n${end}\nb\n${begin}\n${end}\nc`
  expect(replaced(page, ['one', 'two'])).toBe(`a\n${begin}\n\none\n\n${end}\nb\n${begin}\n\ntwo\n\n${end}\nc`)
  expect(() => replaced('a page without', ['one'])).toThrow('has no')
})
