// bench:totals — what the totals by account and route cost: counting a request, reading, and memory.
//   node totals.mjs [--requests 400000] [--rounds 21] [--node PATH]…
// Each Node runs in a process of its own. `add`: µs of CPU for each request, with three accounts and with 100,000. `read`: the
// last hour and the last day when all tables are full, ms of CPU. `memory`: what the full tables hold, in MB.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '400000' },
    rounds: { type: 'string', default: '21' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const program = fileURLToPath(new URL('./totals/totals.mjs', import.meta.url))
  const args = ['--expose-gc', program, options.requests, options.rounds]
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`totals.mjs failed:\n${stderr}`)
  const rows = JSON.parse(stdout)
  console.log(`\nTotals, Node ${version}\n`)
  console.log(table(rows))
  writeResult('totals', version, rows)
}
