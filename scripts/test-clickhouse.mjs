// npm run test:clickhouse: the tests that need ClickHouse's engine. Installs it first (546 MB).
import { installEngine } from './chdb.mjs'
import { installPackages, orExit } from './prepare.mjs'
import { conclude } from './results.mjs'
import { projects, runVitest } from './vitest.mjs'

await orExit(installPackages)
await orExit(installEngine)
const args = [...projects('clickhouse'), ...process.argv.slice(2)]
conclude('test-clickhouse', [await runVitest('clickhouse', { args })])
