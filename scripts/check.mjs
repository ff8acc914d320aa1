// npm run check: types, lint and format, unused code, the package. Every step runs, whatever the others said.
import { fileURLToPath } from 'node:url'
import { run, runTool } from './child.mjs'
import { typesInEveryMode } from './pack.mjs'
import { buildExample, buildPackage, installPackages, orExit, StepFailed } from './prepare.mjs'

const tsc = (...args) => runTool('typescript/bin/tsc', args)

const steps = [
  { name: 'build', run: () => done(buildPackage()) },
  { name: 'types', run: () => tsc('-p', 'tsconfig.json') },
  { name: 'types of the scripts', run: () => tsc('-p', 'scripts') },
  { name: 'types of the page', run: () => tsc('-p', 'inspector-ui') },
  // Compiles against dist/, so it also sees declarations that only the sources have.
  { name: 'types of the example', run: () => done(buildExample()) },
  { name: 'lint and format', run: () => runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']) },
  { name: 'prose', run: () => run(process.execPath, ['scripts/prose.mjs']) },
  { name: 'unused code', run: () => runTool('knip/bin/knip.js', ['--no-progress']) },
  { name: 'package exports', run: () => runTool('publint/src/cli.js', ['--strict']) },
  { name: 'types in every module mode', run: typesInEveryMode },
  { name: 'contents and sizes of the package', run: () => run(process.execPath, ['scripts/pack.mjs']) },
]

async function done(building) {
  try {
    await building
    return { ok: true }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return { ok: false, stdout: `${error.message}\n`, stderr: '' }
  }
}

/** Runs the steps (all, or those named), tells each result as it comes, and gives them as `{ name, ok }`. */
export async function runChecks(names = steps.map((step) => step.name)) {
  const results = []
  for (const step of steps.filter(({ name }) => names.includes(name))) {
    const began = performance.now()
    const result = await step.run()
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${result.ok ? '✓' : '✗'} ${step.name} (${seconds} s)`)
    if (!result.ok) console.log(`${result.stdout}${result.stderr}`.trimEnd())
    results.push({ name: step.name, ok: result.ok })
  }
  return results
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await orExit(installPackages)
  const results = await runChecks()
  process.exitCode = results.every((result) => result.ok) ? 0 : 1
}
