// How every benchmark shows what it found: a table for people, a file for programs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The median over processes of the median over their rounds: what V8 compiled by chance in one process is worth 20 %.
 *
 * @param sets for each set of processes its rounds
 * @param of what to take from a round
 */
export function medianOfSets(sets, of) {
  return median(sets.map((rounds) => median(rounds.map(of))))
}

/** The lowest and the highest median of a set: what `medianOfSets` would say if the luck of the processes were other. */
export function rangeOfSets(sets, of) {
  const medians = sets.map((rounds) => median(rounds.map(of)))
  return `${Math.min(...medians).toFixed(2)}–${Math.max(...medians).toFixed(2)}`
}

/** The list as it is in even rounds, backwards in odd ones: nothing always runs next to the same neighbour. */
export function inTurns(list, round) {
  return round % 2 === 0 ? list : list.toReversed()
}

/** Where and when this is measured: for the head of a table. */
export function machine() {
  const { model, cores, system } = machineParts()
  return `${model}, ${cores} cores, ${system}, ${new Date().toISOString().slice(0, 10)}`
}

function machineParts() {
  const model = cpus()[0]?.model ?? 'unknown CPU'
  return { model, cores: cpus().length, system: `${process.platform} ${process.arch}` }
}

/** A Markdown table, its columns aligned. */
export function table(rows) {
  const names = Object.keys(rows[0])
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name])))]
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n')
}

/** Writes <bench>-<node version>.json into bench/results/, or into the folder that SPOOR_BENCH_RESULTS names. */
export function writeResult(bench, version, result) {
  const folder = process.env.SPOOR_BENCH_RESULTS ?? fileURLToPath(new URL('./results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  const date = new Date().toISOString()
  const text = JSON.stringify({ bench, node: version, date, machine: machineParts(), ...result }, null, 2)
  writeFileSync(join(folder, `${bench}-${version}.json`), `${text}\n`)
}
