// npm test: checks and all tests. With arguments (`npm test -- src/context`): that Vitest run alone.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runChecks } from './check.mjs'
import { root } from './child.mjs'
import { howToInstall, installServices } from './debian.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

const args = process.argv.slice(2)
await orExit(installPackages)
if (args.length > 0) await runSome()
else await runAll()

async function runSome() {
  // Some tests start the example, as it is built.
  const checks = await runChecks(['build', 'types of the example'])
  conclude('test', [tallySteps('check', checks), await runVitest('vitest', { args })])
}

async function runAll() {
  const services = await installServices()
  const results = [tallySteps('check', [...(services ? [services] : []), ...(await runChecks())])]
  // A process each: one that dies takes no other's report along.
  for (const project of ['unit', 'conformance', 'security', 'faults', 'package', 'e2e'].filter(isThere)) {
    results.push(await runVitest(project, { args: projects(project) }))
  }
  const leftOut = results.some((result) => result.skipped.length > 0)
  conclude('test', results, leftOut && !services?.ok ? howToInstall : undefined)
}

// A project without a folder is skipped. A project with a folder must run a test.
function isThere(project) {
  return project === 'unit' || existsSync(join(root, 'test', project))
}
