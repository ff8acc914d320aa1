// bench:records — what keeping a record costs, and reading: a page of them, and one that only its line has left.
//   node records.mjs [--records 10000] [--rounds 101] [--searches 21] [--node PATH]…
// Each Node runs in processes of its own. `put`: a store filled anew, µs a record, beside `JSON.stringify` of the same
// records. `list`: 50 of all records, for each filter the median of the rounds, and what 95 % of them stay within, ms of
// CPU. `lines`: ids looked for in 110 MB of request lines, medians.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '101' },
    searches: { type: 'string', default: '21' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const { kept, lists } = answer(node, 'store', options.records, options.rounds)
  console.log(`\n${options.records} records, Node ${version}\n`)
  console.log(table(kept))
  console.log(`\nA page of 50, ms of CPU\n`)
  console.log(table(lists))
  const found = answer(node, 'lines', options.searches)
  console.log(`\nAn id in ${found.lines} request lines\n`)
  console.log(table(found.rows))
  writeResult('records', version, { kept, lists, found })
}

function answer(node, name, ...args) {
  const program = fileURLToPath(new URL(`./records/${name}.mjs`, import.meta.url))
  const { status, stdout, stderr } = spawnSync(node, ['--expose-gc', program, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name}.mjs failed:\n${stderr}`)
  return JSON.parse(stdout)
}
