// npm run soak:logs [-- --processes 8 --ms 60000 …]: what several processes lose while they are stopped and killed.
import { parseArgs } from 'node:util'
import { buildPackage, installPackages, orExit } from './prepare.mjs'
import { defaults, soak } from './soak/soak.mjs'

const names = Object.keys(defaults)
const { values } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: /** @type {const} */ ('string') }])),
})
await orExit(async () => {
  await installPackages()
  await buildPackage()
})
const result = await soak(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])))
for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(10)} ${value}`)
process.exitCode = result.lost + result.doubled + result.torn === 0 && result.failures === '' ? 0 : 1
