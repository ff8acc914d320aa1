// npm test: checks and all tests. With arguments (`npm test -- src/context`): that Vitest run alone.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installEngine } from './chdb.mjs'
import { runChecks } from './check.mjs'
import { root } from './child.mjs'
import { howToInstall, installServices } from './debian.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude, tallySteps } from './results.mjs'
import { projects, runLanes, runVitest } from './vitest.mjs'

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
  // The tests of the second lane mostly wait: for processes, servers and a browser.
  const first = ['unit', 'conformance', 'security', 'package']
  const second = ['e2e', 'faults', ...(withClickHouse ? ['clickhouse'] : [])]
  results.push(...(await runLanes(laneOf(first), laneOf(second))))
  const leftOut = results.some((result) => result.skipped.length > 0)
  conclude('test', results, leftOut && !services?.ok ? howToInstall : undefined)
}

function laneOf(names) {
  return names.filter(isThere).map((name) => ({ name, args: projects(name) }))
}

// A project without a folder is skipped. A project with a folder must run a test.
function isThere(project) {
  return project === 'unit' || existsSync(join(root, 'test', project))
}
