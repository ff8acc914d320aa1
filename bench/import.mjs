// bench:import — what a process pays to load Spoor and make one, beside pino.
//   node import.mjs [--rounds 40] [--node PATH]…
// Each figure comes from a process of its own. A round is a pair of them, in turns first; the ratios are taken within the
// pairs, and the table has the medians.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const rounds = Number(options.rounds)
const program = fileURLToPath(new URL('./import/load.mjs', import.meta.url))
const names = ['pino', 'spoor']

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  try {
    // The first process of each finds no files in the system's cache.
    for (const name of names) load(node, name, folder)
    const pairs = Array.from({ length: rounds }, (_, round) =>
      Object.fromEntries((round % 2 ? names : names.toReversed()).map((name) => [name, load(node, name, folder)])),
    )
    const rows = names.map((name) => summary(name, pairs))
    console.log(`\nImport and make one, ${rounds} pairs of processes, Node ${version}, ${machine()}\n`)
    console.log(table(rows))
    writeResult('import', version, { rounds, rows })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function load(node, name, cwd) {
  const { stdout, stderr, status } = spawnSync(node, [program, name], { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`loading ${name} failed:\n${stderr}`)
  return JSON.parse(stdout)
}

function summary(name, pairs) {
  const of = (member) => median(pairs.map((pair) => pair[name][member]))
  const ratio = (member) => median(pairs.map((pair) => pair[name][member] / pair.pino[member]))
  return {
    package: name,
    'import ms': of('importMs').toFixed(1),
    'with one made ms': of('ms').toFixed(1),
    'wall ×': ratio('ms').toFixed(2),
    'RSS growth MB': (of('rssBytes') / 1e6).toFixed(1),
    'RSS ×': ratio('rssBytes').toFixed(2),
  }
}
