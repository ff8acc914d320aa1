// npm run test:shared: the tests of the inspector's page with records in Redis and log lines in ClickHouse. Installs
// ClickHouse's engine first (546 MB).
import { installEngine } from './chdb.mjs'
import { howToInstall, installServices } from './debian.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

await orExit(installPackages)
await orExit(installEngine)
await installServices()
const asked = process.argv.slice(2)
const args = [...projects('e2e'), ...(asked.length > 0 ? asked : ['test/e2e/page'])]
const result = await runVitest('shared', { args, env: { SPOOR_STORES: 'shared' } })
conclude('test-shared', [result], result.skipped.length > 0 ? howToInstall : undefined)
