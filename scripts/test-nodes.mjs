// npm run test:nodes [-- MAJOR…]: unit and conformance tests, and those of jobs over a real Redis, under other Node binaries
// than the one that runs this. The conformance suite runs in full on Node 24; on 22 and 26 only the cases run that depend on
// what a version of Node does.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './child.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']
// Outside the project: `.bin/node` of such a package in our node_modules would take over every `npm run`.
const folder = process.env.SPOOR_NODES ?? join(homedir(), '.cache/spoor-nodes')

const jobs = ['bullmq', 'queues', 'tracked-jobs', 'redis-away', 'publish-later'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

await orExit(installPackages)
const results = []
for (const major of majors) results.push(...(await testUnder(major)))
conclude('test-nodes', results)

/** The part of the conformance suite that a version runs: test/conformance/cases.ts. */
function conformanceOf(major) {
  return major === '24' ? {} : { SPOOR_CONFORMANCE: 'versions' }
}

async function testUnder(major) {
  const { ok, stdout, stderr } = await run('bash', ['scripts/services/nodes-up.sh', folder, major])
  if (!ok) console.log(stderr.trimEnd())
  if (!ok) return [tallySteps(`node ${major}`, [{ name: `no Node ${major} in ${folder}`, ok }])]
  const node = stdout.trim()
  return [
    await runVitest(`node ${major}`, { args: projects('unit', 'conformance'), node, env: conformanceOf(major) }),
    // What a job runs in and what its process leaves when it is killed is Node's business, as WordPress is not.
    await runVitest(`node ${major} jobs`, { args: [...projects('e2e'), ...jobs], node }),
  ]
}
