// node scripts/frameworks.mjs: makes the table of docs/frameworks.md from the reports of the last test runs
// (`npm test` and `npm run test:nodes`): each row of the conformance suite, each adapter, each Node version.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './child.mjs'
import { readReport, reports } from './results.mjs'

const page = join(root, 'docs/frameworks.md')
export const begin = '<!-- made by scripts/frameworks.mjs -->'
export const end = '<!-- end -->'

/**
 * What a run says of one row: on which Node versions it held and did not hold, or why it does not apply.
 * @typedef {{ held: Set<number>, broke: Set<number>, reason?: string }} Cell
 */

/** The table of the reports (Vitest's JSON), in the suite's order. */
export function tableOf(all) {
  const results = all.flatMap((report) => report?.testResults ?? []).flatMap((file) => file.assertionResults)
  const rows = new Map()
  const adapters = new Set()
  const nodes = new Set()
  for (const { ancestorTitles, title, status, meta } of results) {
    const [, adapter, node] = ancestorTitles.join(' ').match(/(spoor\/\w+) on Node (\d+)/) ?? []
    const said = title.match(/^([SB]\d+): (.*)$/)
    if (!adapter || !(said || meta?.lacking)) continue
    adapters.add(adapter)
    nodes.add(Number(node))
    if (said) note(cellOf(rows, said, adapter), status, Number(node))
    else for (const { row, says, reason } of meta.lacking) cellOf(rows, ['', row, says], adapter).reason = reason
  }
  return write([...rows.values()], [...adapters].sort(), [...nodes].sort())
}

function cellOf(rows, [, row, says], adapter) {
  const key = `${row}: ${says}`
  if (!rows.has(key)) rows.set(key, { row, says, cells: {} })
  const { cells } = rows.get(key)
  cells[adapter] ??= { held: new Set(), broke: new Set() }
  return cells[adapter]
}

function note(cell, status, node) {
  if (status === 'passed') cell.held.add(node)
  else cell.broke.add(node)
}

function write(rows, adapters, nodes) {
  const lines = rows
    .sort((a, b) => orderOf(a.row) - orderOf(b.row))
    .map(({ row, says, cells }) => line([row, says, ...adapters.map((adapter) => cellText(cells[adapter], nodes))]))
  const head = [line(['row', 'what holds', ...adapters]), line(['---', '---', ...adapters.map(() => '---')])]
  return [`✓ = on Node ${nodes.join(', ')}.`, '', ...head, ...lines].join('\n')
}

function cellText(cell, nodes) {
  if (cell?.reason) return cell.reason
  if (!cell) return 'not run'
  const broke = [...cell.broke]
  const missing = nodes.filter((node) => !cell.held.has(node) && !cell.broke.has(node))
  if (broke.length + missing.length === 0) return '✓'
  return [
    cell.held.size > 0 && `✓ ${[...cell.held].join(', ')}`,
    broke.length > 0 && `✗ ${broke.join(', ')}`,
    missing.length > 0 && `not run on ${missing.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ')
}

const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`

/** S1, S2, …, then B1, …. */
const orderOf = (row) => (row.startsWith('S') ? 0 : 1_000) + Number(row.slice(1))

/** `text` with the table between its two marks. */
export function replaced(text, table) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/frameworks.md has no "${begin}" … "${end}"`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = readdirSync(reports).filter((file) => file.endsWith('.json'))
  writeFileSync(page, replaced(readFileSync(page, 'utf8'), tableOf(files.map(readReport))))
}
