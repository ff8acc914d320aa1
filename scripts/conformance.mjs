// node scripts/conformance.mjs: makes the tables of docs/conformance.md from the reports of the last test runs
// (`npm test` and `npm run test:nodes`): each case of the conformance suite, each adapter, each Node version.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './child.mjs'
import { readReport, reports } from './results.mjs'

const page = join(root, 'docs/conformance.md')
export const begin = '<!-- made by scripts/conformance.mjs -->'
export const end = '<!-- end -->'

/**
 * What the runs say of one case: on which Node versions it held and did not hold, or why it does not apply.
 * @typedef {{ held: Set<number>, broke: Set<number>, reason?: string }} Cell
 */

/** The tables of the reports (Vitest's JSON), in the order of the rows: what adapters can break, and the core. */
export function tablesOf(all) {
  const results = all.flatMap((report) => report?.testResults ?? []).flatMap((file) => file.assertionResults)
  const cases = new Map()
  const columns = new Set()
  for (const { ancestorTitles, title, status, meta } of results) {
    const [, column, node] = ancestorTitles.join(' ').match(/(spoor\/\w+(?: \([\w, ]+\))?|core) on Node (\d+)/) ?? []
    const said = title.match(/^([SB]\d+): (.*)$/)
    if (!column || !(said || meta?.lacking)) continue
    if (said) note(cellOf(cases, said, column), status, Number(node))
    else for (const { row, says, reason } of meta.lacking) cellOf(cases, ['', row, says], column).reason = reason
    if (said || meta.lacking.length > 0) columns.add(column)
  }
  const adapters = [...columns].filter((column) => column !== 'core').sort()
  const ofColumn = (names) => [...cases.values()].filter(({ cells }) => names.some((name) => cells[name]))
  return [table(ofColumn(adapters), adapters), table(ofColumn(['core']), ['core'])]
}

function cellOf(cases, [, row, says], column) {
  const key = `${row}: ${says}`
  if (!cases.has(key)) cases.set(key, { row, says, cells: {} })
  const { cells } = cases.get(key)
  cells[column] ??= { held: new Set(), broke: new Set() }
  return cells[column]
}

function note(cell, status, node) {
  if (status === 'passed') cell.held.add(node)
  else cell.broke.add(node)
}

function table(cases, columns) {
  const lines = cases
    .sort((a, b) => orderOf(a.row) - orderOf(b.row))
    .map(({ row, says, cells }) => line([row, says, ...columns.map((column) => cellText(cells[column]))]))
  return [line(['row', 'case', ...columns]), line(['---', '---', ...columns.map(() => '---')]), ...lines].join('\n')
}

function cellText(cell) {
  if (cell?.reason) return cell.reason
  if (!cell) return 'not run'
  const list = (nodes) => [...nodes].sort().join(', ')
  return [list(cell.held), cell.broke.size > 0 && `✗ ${list(cell.broke)}`].filter(Boolean).join('; ')
}

const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`

/** S1, S2, …, then B1, …. */
const orderOf = (row) => (row.startsWith('S') ? 0 : 1_000) + Number(row.slice(1))

/** `text` with each table between its two marks. */
export function replaced(text, tables) {
  let from = 0
  for (const made of tables) {
    const [at, until] = [text.indexOf(begin, from), text.indexOf(end, text.indexOf(begin, from))]
    if (at < 0 || until < at) throw new Error(`docs/conformance.md has no "${begin}" … "${end}" for each table`)
    const head = `${text.slice(0, at + begin.length)}\n\n${made}\n\n`
    text = head + text.slice(until)
    from = head.length + end.length
  }
  return text
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = readdirSync(reports).filter((file) => file.endsWith('.json'))
  writeFileSync(page, replaced(readFileSync(page, 'utf8'), tablesOf(files.map(readReport))))
}
