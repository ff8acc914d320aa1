// npm run bench [NAME] [options]: the benchmarks in bench/, all of them or the one named; each is a program of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, runNpm } from './child.mjs'
import { buildInside, buildPackage, installPackages, orExit, StepFailed } from './prepare.mjs'

const folder = join(root, 'bench')
const shared = new Set(['report.mjs', 'cores.mjs'])
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !shared.has(file))
  .map((file) => file.slice(0, -'.mjs'.length))

const [first, ...rest] = process.argv.slice(2)
const named = known.includes(first ?? '')
// The budget runs others of them once more. ClickHouse's engine is installed only on request.
const left = new Set(['budget', 'clickhouse'])
const names = named ? [first] : known.filter((name) => !left.has(name))
const options = named ? rest : process.argv.slice(2)

await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildInside()
  await installPeers()
  for (const name of names) {
    const { ok } = await run(process.execPath, [join(folder, `${name}.mjs`), ...options], {
      show: true,
      limitMs: 60 * 60_000,
    })
    if (!ok) throw new StepFailed(`the benchmark ${name} failed`)
  }
})

/** The peers are dependencies of bench/ alone, pinned there, and never those of the package. */
async function installPeers() {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const missing = Object.entries(dependencies).filter(
    ([name, version]) => versionOf(name) !== version.replace(/^npm:.*@/, ''),
  )
  if (missing.length === 0) return
  console.error('spoor: installing what is measured beside us …')
  const { ok, stdout, stderr } = await runNpm(
    ['install', '--no-package-lock', '--ignore-scripts', '--loglevel=error'],
    { cwd: folder },
  )
  if (!ok) throw new StepFailed(`npm install in bench/ failed:\n${stdout}${stderr}`)
}

function versionOf(name) {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
