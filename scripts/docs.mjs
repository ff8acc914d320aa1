// npm run docs [-- --serve]: builds the site of the documentation in site/dist/, and serves it on a local port.
// The tools of the site are dependencies of site/ alone, so that `npm ci`, `npm start` and `npm test` do not install them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, runNpm } from './child.mjs'
import { isInstalled } from './installed.mjs'
import { installPackages, orExit, StepFailed } from './prepare.mjs'

const folder = join(root, 'site')

await orExit(async () => {
  // The reference has the types of Node, and of the frameworks.
  await installPackages()
  await installSite()
  const { ok } = await run(process.execPath, ['site/build.mjs'], { show: true })
  if (!ok) throw new StepFailed('the site is not built, or has mistakes')
  if (!process.argv.includes('--serve')) return
  await run(process.execPath, ['site/node_modules/vitepress/bin/vitepress.js', 'preview', 'site'], {
    show: true,
    limitMs: 0,
  })
})

async function installSite() {
  const read = (file) =>
    existsSync(join(folder, file)) ? JSON.parse(readFileSync(join(folder, file), 'utf8')) : undefined
  if (isInstalled(read('package-lock.json'), read('node_modules/.package-lock.json'))) return
  console.error('spoor: installing what builds the site …')
  const { ok, stdout, stderr } = await runNpm(['ci', '--ignore-scripts', '--loglevel=error'], { cwd: folder })
  if (!ok) throw new StepFailed(`npm ci in site/ failed:\n${stdout}${stderr}`)
}
