// npm run test:nodes [-- MAJOR…]: unit and conformance tests under real Node binaries other than the one that runs us.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './child.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']
// Outside the project: `.bin/node` of such a package in our node_modules would take over every `npm run`.
const folder = process.env.SPOOR_NODES ?? join(homedir(), '.cache/spoor-nodes')

await orExit(installPackages)
const fetched = await run('bash', ['scripts/services/nodes-up.sh', folder, ...majors])
if (!fetched.ok) console.log(fetched.stderr.trimEnd())
const binaries = fetched.stdout.trim().split('\n')
const results = []
for (const [index, major] of majors.entries()) results.push(await testUnder(major, binaries[index]))
conclude('test-nodes', results)

async function testUnder(major, node) {
  const version = node ? await run(node, ['--version']) : undefined
  if (!version?.stdout.startsWith(`v${major}.`)) {
    return tallySteps(`node ${major}`, [{ name: `no Node ${major} in ${folder}`, ok: false }])
  }
  return runVitest(`node ${major}`, { args: projects('unit', 'conformance'), node })
}
