// npm run soak [-- --minutes 20 --node 20 --node 24 --at-once 1 --tracking header --redis]: the example under mixed load on several
// versions of Node. Ends with 1 if anything leaks, is lost or does not add up. docs/benchmarks.md, "What does a long run show?".
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, run as runCommand } from './child.mjs'
import { buildExample, buildPackage, installPackages, orExit, StepFailed } from './prepare.mjs'
import { judge } from './soak/example/judge.mjs'
import { tableOf } from './soak/example/report.mjs'
import { run } from './soak/example/run.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    node: { type: 'string', multiple: true, default: ['20', '22', '24', '26'] },
    'at-once': { type: 'string', default: '1' },
    /** `all` measures every request, and accounts for all CPU; `header` those that ask, and the rest by windows. */
    tracking: { type: 'string', default: 'all' },
    redis: { type: 'boolean', default: false },
  },
})
const ms = Number(values.minutes) * 60_000
const folder = process.env.SPOOR_NODES ?? join(homedir(), '.cache/spoor-nodes')
const results = []

// Through the end of the process, which removes the folders of its runs. Their services end by themselves.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildExample()
  const waiting = await Promise.all(values.node.map(async (major) => ({ major, node: await binaryOf(major) })))
  const workers = Array.from({ length: Number(values['at-once']) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runOn(next)
  })
  await Promise.all(workers)
})
console.log(tableOf(results))
for (const { major, complaints } of results) for (const what of complaints) console.log(`✗ Node ${major}: ${what}`)
process.exitCode = results.every(({ complaints }) => complaints.length === 0) ? 0 : 1

async function runOn({ major, node }) {
  console.error(`spoor: Node ${major}, ${values.minutes} minutes …`)
  try {
    const result = await run({ node, ms, tracking: values.tracking, withRedis: values.redis })
    results.push({ major, result, complaints: judge(result) })
    mkdirSync(join(root, 'reports'), { recursive: true })
    writeFileSync(join(root, `reports/soak-${major}.json`), JSON.stringify(result, null, 1))
  } catch (error) {
    results.push({ major, complaints: [error.message] })
  }
}

/** This Node, or that of a folder beside the project, fetched as an npm package where it is missing. */
async function binaryOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const { ok, stdout, stderr } = await runCommand('bash', ['scripts/services/nodes-up.sh', folder, major])
  if (!ok) throw new StepFailed(`there is no Node ${major} in ${folder}:\n${stderr}`)
  return stdout.trim()
}
