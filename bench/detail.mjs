// bench:detail — what a suppressed line costs: dropped by its level, kept by `detail`, left out by `sample`; with a levels.json.
//   node detail.mjs [--lines 200000] [--rounds 7] [--node PATH]…
// Each run is a process of its own. In it, jobs of 2,000 lines run under each set of options in turns; a line is `log.debug({ postId: 7,
// status: 'draft' }, 'saved')`. The figure is the CPU of the calls alone, as the median over processes.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pinnedTo } from './cores.mjs'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '7' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const writer = fileURLToPath(new URL('./logging/detail-writer.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const runs = Array.from({ length: Number(options.rounds) }, () => run(node))
  const rows = Object.keys(runs[0]).map((what) => ({
    line: what,
    'ns a line': median(runs.map((one) => one[what])).toFixed(0),
  }))
  console.log(`\n${options.lines} lines, ${options.rounds} processes, Node ${version}, ${machine()}\n`)
  console.log(table(rows))
  writeResult('detail', version, { lines: Number(options.lines), rows })
}

function run(node) {
  const [command, ...args] = pinnedTo(0, [node, writer, options.lines])
  const child = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 })
  if (child.status !== 0) throw new Error(`the writer ended with ${child.status}: ${child.stderr.slice(-2000)}`)
  return JSON.parse(child.stdout)
}
