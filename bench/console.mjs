// bench:console — what a line for people costs: `pretty` beside `verbose`, as CPU of the process.
//   node console.mjs [--lines 100000] [--rounds 5] [--node PATH]…
// Each run is a process of its own, whose standard output is /dev/null. `terminal`: the process takes it for a terminal of
// 120 columns, so that lines have colours and each is written at once. `narrow`: of 60 columns, where entries wrap.
// `stream`: no terminal. The ratio is the median over pairs of runs.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pinnedTo } from './cores.mjs'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const lines = Number(options.lines)
const rounds = Number(options.rounds)
const writer = fileURLToPath(new URL('./logging/console-writer.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const rows = ['terminal', 'narrow', 'stream'].flatMap((output) =>
    ['fields', 'error'].map((what) => row(node, output, what)),
  )
  console.log(`\n${lines} lines, ${rounds} pairs, Node ${version}, ${machine()}\n`)
  console.log(table(rows))
  writeResult('console', version, { lines, rounds, rows })
}

function row(node, output, what) {
  const pairs = Array.from({ length: rounds }, () =>
    ['verbose', 'pretty'].map((format) => run(node, output, what, format)),
  )
  return {
    output,
    line: what === 'fields' ? 'message and 4 fields' : 'error with a stack',
    'verbose µs': median(pairs.map(([verbose]) => verbose)).toFixed(2),
    'pretty µs': median(pairs.map(([, pretty]) => pretty)).toFixed(2),
    'pretty ÷ verbose': median(pairs.map(([verbose, pretty]) => pretty / verbose)).toFixed(2),
  }
}

/** CPU of a line, in microseconds. */
function run(node, output, what, format) {
  const count = what === 'fields' ? lines : lines / 10
  const [command, ...args] = pinnedTo(0, [node, writer, output, what, format, String(count)])
  const child = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
  if (child.status !== 0) throw new Error(`${format} ended with ${child.status}: ${child.stderr.slice(-2000)}`)
  return (JSON.parse(child.stderr).cpuMs * 1000) / count
}
