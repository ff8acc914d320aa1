// Makes what the other scripts need: npm packages, the package's dist/, the example's dist/.
// Each step looks first whether there is anything to do, and says one line only if there is.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, runNpm, runTool } from './child.mjs'
import { isInstalled } from './installed.mjs'

/** A step that could not be done; its message is meant for the user as it is. */
export class StepFailed extends Error {}

/** Installs the npm packages if those in node_modules are not the lock file's. */
export async function installPackages() {
  if (isInstalled(readJson('package-lock.json'), readJson('node_modules/.package-lock.json'))) return
  say('installing npm packages')
  // The compiler is a development dependency, and NODE_ENV=production may be set.
  const { ok, stdout, stderr } = await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  if (!ok) throw new StepFailed(`npm ci failed:\n${stdout}${stderr}`)
}

/** Makes dist/ from src/: the compiler's files, without comments in the code, then few of them (scripts/bundle.mjs). */
export async function buildPackage() {
  const made = { what: 'the package', sources: ['src', 'inspector-ui'], output: 'dist' }
  await make(made, async (folder) => {
    checkVersion()
    const page = `${folder}/page`
    const vite = [
      'build',
      '--config',
      'inspector-ui/vite.config.ts',
      '--outDir',
      join(root, page),
      '--logLevel',
      'warn',
    ]
    await step(made, runTool('vite/bin/vite.js', vite))
    const modules = `${folder}/modules`
    const options = ['-p', 'tsconfig.build.json', '--outDir', modules]
    const code = ['--removeComments', '--declaration', 'false', '--isolatedDeclarations', 'false']
    await step(made, runTool('typescript/bin/tsc', [...options, ...code]))
    await step(made, runTool('typescript/bin/tsc', [...options, '--emitDeclarationOnly']))
    await step(made, run(process.execPath, ['scripts/bundle.mjs', modules, folder, page]))
    for (const made of [modules, page]) rmSync(join(root, made), { recursive: true })
  })
}

/** Makes dist.inside/: each source as a module of its own, for benchmarks of what the package does not export. */
export async function buildInside() {
  const made = { what: 'the inside of the package', sources: ['src'], output: 'dist.inside' }
  await make(made, (folder) =>
    step(made, runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', folder])),
  )
}

/** Makes the example's dist/; it compiles against the package's dist/, as a user's service would. */
export async function buildExample() {
  const folder = 'examples/publisher'
  if (!existsSync(join(root, folder, 'main.ts'))) throw new StepFailed(`there is no example yet (${folder}/main.ts)`)
  const made = { what: 'the example', sources: [folder], output: `${folder}/dist`, after: 'dist' }
  await make(made, (fresh) =>
    step(made, runTool('typescript/bin/tsc', ['-p', folder, '--outDir', fresh, '--noEmitOnError'])),
  )
}

/** Makes `output` with `build`, unless it was made from these inputs. */
async function make({ what, sources, output, after = undefined }, build) {
  if (after && !existsSync(stampOf(after))) throw new StepFailed(`${what} needs ${after}/, which is not there`)
  const inputs = fingerprint(sources, output, after)
  const stamp = stampOf(output)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return
  say(`building ${what}`)
  // Into a new folder: files of deleted sources do not stay, and a failed build leaves the old one alone.
  const fresh = `${output}.${process.pid}`
  try {
    await build(fresh)
    writeFileSync(stampOf(fresh), inputs)
    rmSync(join(root, output), { recursive: true, force: true })
    renameSync(join(root, fresh), join(root, output))
  } finally {
    rmSync(join(root, fresh), { recursive: true, force: true })
  }
}

async function step({ what }, running) {
  const { ok, stdout, stderr } = await running
  if (!ok) throw new StepFailed(`building ${what} failed:\n${stdout}${stderr}`)
}

// The sources hold the version as a constant, so that it is there in every bundle.
function checkVersion() {
  const file = 'src/reading/version.ts'
  const { version } = readJson('package.json')
  const [, written] = readFileSync(join(root, file), 'utf8').match(/version = '(.*)'/) ?? []
  if (written !== version) {
    throw new StepFailed(`${file}: expected the version '${version}' of package.json, got '${written}'; write it there`)
  }
}

// What a folder was made from, kept in it (and out of the npm package).
const stampOf = (output) => join(root, output, '.inputs')

const builders = ['prepare.mjs', 'bundle.mjs', 'bundle-late.mjs', 'bundle-small.mjs', 'entries.json', 'late.json'].map(
  (name) => `scripts/${name}`,
)

// Contents, not times: a checkout gives every file a new time.
function fingerprint(sources, output, after) {
  const hash = createHash('sha256')
  const configs = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...builders]
  for (const file of [...configs, ...sources.flatMap((folder) => sourceFiles(folder, output))]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  if (after) hash.update(readFileSync(stampOf(after)))
  return hash.digest('hex')
}

function sourceFiles(folder, output) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.(?:tsx?|css|html)$|^tsconfig.*\.json$/.test(entry.name) &&
        !/\.test\.tsx?$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .filter((file) => !file.startsWith(output) && !file.includes('node_modules/'))
    .sort()
}

function readJson(path) {
  const file = join(root, path)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

// To stderr: the standard output of a start belongs to the service, that of a test to its results.
function say(step) {
  process.stderr.write(`spoor: ${step} …\n`)
}

/** Runs `steps`; if one fails says why and ends the process, without a stack. */
export async function orExit(steps) {
  try {
    await steps()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    console.error(`spoor: ${error.message.trimEnd()}`)
    process.exit(1)
  }
}
