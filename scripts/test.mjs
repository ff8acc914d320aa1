// npm test: checks and all tests. With arguments (`npm test -- src/context`): that Vitest run alone.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installEngine } from './chdb.mjs'
import { runChecks } from './check.mjs'
import { root } from './child.mjs'
import { howToInstall, installServices } from './debian.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

const args = process.argv.slice(2)
// 546 MB, so only on request.
const withClickHouse = process.env.SPOOR_CHDB === '1'
await orExit(installPackages)
if (withClickHouse) await orExit(installEngine)
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
  // The lanes run at the same time. The tests of the second one mostly wait: for processes, servers and a browser.
  const lanes = [
    ['unit', 'conformance', 'security', 'package'],
    ['e2e', 'faults', ...(withClickHouse ? ['clickhouse'] : [])],
  ]
  for (const lane of await Promise.all(lanes.map(runLane))) results.push(...lane)
  const leftOut = results.some((result) => result.skipped.length > 0)
  conclude('test', results, leftOut && !services?.ok ? howToInstall : undefined)
}

/** Runs projects one after the other, each as a process of its own: one that dies loses only its own report. */
async function runLane(lane, at) {
  const results = []
  for (const project of lane.filter(isThere)) {
    results.push(await runVitest(project, { args: projects(project), isBeside: at > 0 }))
  }
  return results
}

// A project without a folder is skipped. A project with a folder must run a test.
function isThere(project) {
  return project === 'unit' || existsSync(join(root, 'test', project))
}
