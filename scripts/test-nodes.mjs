// npm run test:nodes [-- MAJOR…]: unit, conformance and security tests, and those of jobs over a real Redis, under other Node
// binaries than the one that runs this. Everything runs on Node 24. On 22 and 26, tests are left out that do not depend on what a
// version of Node does; `npm run test:nodes -- --all` runs them, too.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './child.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runLanes } from './vitest.mjs'

const args = process.argv.slice(2)
const isAll = args.includes('--all')
const named = args.filter((arg) => arg !== '--all')
const majors = named.length > 0 ? named : ['22', '24', '26']
// Outside the project: `.bin/node` of such a package in our node_modules would take over every `npm run`.
const folder = process.env.SPOOR_NODES ?? join(homedir(), '.cache/spoor-nodes')

const jobs = ['bullmq', 'queues', 'tracked-jobs', 'redis-away', 'publish-later'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

const sameInAllVersions = [
  // They attack Spoor's own work over text and values, or its checks of access, and take most of the time.
  ...['hostile-values', 'linear-time', 'forged-lines', 'foreign-reads'].map((name) => `test/security/${name}.test.ts`),
  // What runs in the browser, in scripts and in the compiler, and the pages of the documentation.
  ...['inspector-ui/**', 'scripts/**', 'examples/shipping/**', 'test/types/**', 'test/docs*.test.ts'],
  ...['architecture', 'conformance-table', 'error-codes', 'function-shapes'].map((name) => `test/${name}.test.ts`),
  // What the command line makes of files that are there.
  ...['corpus', 'find', 'graphql', 'hostile', 'lnav', 'mcp', 'top'].map((name) => `test/cli/${name}.test.ts`),
].map((pattern) => `--exclude=${pattern}`)

await orExit(installPackages)
const nodes = []
for (const major of majors) nodes.push(await nodeOf(major))
const failures = nodes.flatMap(({ failure }) => failure ?? [])
const found = nodes.filter(({ node }) => node !== undefined)
const own = found.map(({ major, node }) => ({ name: `node ${major}`, ...partOf(major), node }))
// What a job runs in and what its process leaves when it is killed is Node's business, as WordPress is not. These tests mostly wait.
const ofJobs = found.map(({ major, node }) => ({
  name: `node ${major} jobs`,
  args: [...projects('e2e'), ...jobs],
  node,
}))
conclude('test-nodes', [...failures, ...(await runLanes(own, ofJobs))])

/** How a version runs the part of the tests that is its own: test/conformance/cases.ts has that of the conformance suite. */
function partOf(major) {
  const all = projects('unit', 'conformance', 'security')
  if (isAll || major === '24') return { args: all }
  return { args: [...all, ...sameInAllVersions], env: { SPOOR_CONFORMANCE: 'versions' } }
}

/** The binary of a version; without one, why. */
async function nodeOf(major) {
  const { ok, stdout, stderr } = await run('bash', ['scripts/services/nodes-up.sh', folder, major])
  if (ok) return { major, node: stdout.trim() }
  console.log(stderr.trimEnd())
  return { major, failure: tallySteps(`node ${major}`, [{ name: `no Node ${major} in ${folder}`, ok }]) }
}
