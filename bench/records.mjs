// bench:records — what keeping a record costs, and reading a page of them.
//   node records.mjs [--records 10000] [--rounds 101] [--node PATH]…
// Each Node runs in a process of its own. `put`: a store filled anew, µs a record, beside `JSON.stringify` of the same
// records. `list`: 50 of all records, for each filter the median of the rounds, and what 95 % of them stay within, ms of CPU.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '101' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const program = fileURLToPath(new URL('./records/store.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const { status, stdout, stderr } = spawnSync(
    node,
    ['--expose-gc', program, JSON.stringify({ records: Number(options.records), rounds: Number(options.rounds) })],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`store.mjs failed on ${version}:\n${stderr}`)
  const result = JSON.parse(stdout)
  console.log(`\n${options.records} records, Node ${version}\n`)
  console.log(table(result.kept))
  console.log(`\nA page of 50, ms of CPU\n`)
  console.log(table(result.lists))
  writeResult('records', version, result)
}
