// ClickHouse's engine for tests: a package of its own, because it has 546 MB.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runNpm } from './child.mjs'
import { isInstalled } from './installed.mjs'
import { StepFailed } from './prepare.mjs'

const folder = join(root, 'test/chdb')

/** Installs the engine if that of the lock file is not there. */
export async function installEngine() {
  if (isInstalled(readJson('package-lock.json'), readJson('node_modules/.package-lock.json'))) return
  process.stderr.write('spoor: installing chdb …\n')
  const { ok, stdout, stderr } = await runNpm(['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'])
  if (!ok) throw new StepFailed(`npm ci in test/chdb failed:\n${stdout}${stderr}`)
}

function readJson(file) {
  const path = join(folder, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
