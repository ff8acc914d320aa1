// npm run soak:logs [-- --processes 8 --threads 0 --ms 60000 --backups 1 …]: what several processes lose of one file
// while they are stopped and killed at random steps. Ends with 1 if a promise of docs/logs.md is broken.
import { parseArgs } from 'node:util'
import { buildPackage, installPackages, orExit } from './prepare.mjs'
import { broken, defaults, soak } from './soak/soak.mjs'

const names = Object.keys(defaults)
const { values } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: /** @type {const} */ ('string') }])),
})
const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
await orExit(async () => {
  await installPackages()
  await buildPackage()
})
const result = await soak(given)

const rows = [
  ['writers started', result.writers, ''],
  ['killed', result.killed, ''],
  ['files', result.files, ''],
  ['lines promised', result.promised, ''],
  ['lines lost', result.lost, '0'],
  ['lines doubled', result.doubled, '0'],
  ['lines torn', result.torn, result.mayTear === 0 ? '0' : `at most ${result.mayTear}, by kills from outside`],
  ['files over the limit', result.overFiles, ''],
  ['the largest by, in bytes', result.passedBy, `at most ${result.mayPassBy}, unless a rotation takes over 50 ms`],
  ['batches over the limit, by logs.health()', result.overLimit, ''],
  ['longest rotation, in ms', Math.ceil(result.longestMs), ''],
]
const width = (column) => Math.max(...rows.map((row) => String(row[column]).length))
for (const [what, value, promise] of rows) {
  console.log(
    `${String(what).padEnd(width(0))}  ${String(value).padStart(width(1))}  ${promise && `promised: ${promise}`}`.trimEnd(),
  )
}
for (const what of broken(result)) console.log(`✗ ${what}`)
process.exitCode = broken(result).length === 0 ? 0 : 1
