// bench:watchdog — what the watchdog adds to each switch from one request to another.
//   node watchdog.mjs [--rounds 41] [--node PATH]…
// ns, medians of the rounds. Each round measures without and with the marks, one after the other.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '41' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const program = fileURLToPath(new URL('./watchdog/switches.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const { status, stdout, stderr } = spawnSync(node, [program, options.rounds], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const rows = JSON.parse(stdout)
  console.log(`\nns, Node ${version}, ${machine()}\n`)
  console.log(table(rows))
  writeResult('watchdog', version, { rows })
}
