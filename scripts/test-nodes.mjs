// npm run test:nodes [-- MAJOR…]: unit, conformance and security tests, and those of jobs over a real Redis, under other Node
// binaries than the one that runs this. Everything runs on Node 24. On 22 and 26 only those conformance cases and security
// tests run that depend on what a version of Node does.
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

// These attack Spoor's own work over text and values, or its checks of access, and take most of the time.
const ofEveryVersion = ['hostile-values', 'linear-time', 'forged-lines', 'foreign-reads'].map(
  (name) => `--exclude=test/security/${name}.test.ts`,
)

await orExit(installPackages)
const results = []
for (const major of majors) results.push(...(await testUnder(major)))
conclude('test-nodes', results)

/** How a version runs the part of the tests that is its own: test/conformance/cases.ts has that of the conformance suite. */
function partOf(major) {
  const all = projects('unit', 'conformance', 'security')
  return major === '24' ? { args: all } : { args: [...all, ...ofEveryVersion], env: { SPOOR_CONFORMANCE: 'versions' } }
}

async function testUnder(major) {
  const { ok, stdout, stderr } = await run('bash', ['scripts/services/nodes-up.sh', folder, major])
  if (!ok) console.log(stderr.trimEnd())
  if (!ok) return [tallySteps(`node ${major}`, [{ name: `no Node ${major} in ${folder}`, ok }])]
  const node = stdout.trim()
  return [
    await runVitest(`node ${major}`, { ...partOf(major), node }),
    // What a job runs in and what its process leaves when it is killed is Node's business, as WordPress is not.
    await runVitest(`node ${major} jobs`, { args: [...projects('e2e'), ...jobs], node }),
  ]
}
