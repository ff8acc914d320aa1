// npm run fuzz [-- --minutes 10 --only parser --seed 1]: gives the targets of test/security/fuzz/ texts that coverage guides. A text
// that reaches new code is kept and changed further. Ends with 1 if a target fails or is slow. Fewer guarantees than a fuzzer in the
// engine: an endless loop stops the run (docs/decisions/0165-fuzzing-with-v8-coverage.md).
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from './child.mjs'
import { Coverage } from './fuzz/coverage.mjs'
import { fuzz } from './fuzz/fuzz-target.mjs'
import { randomOf } from './fuzz/mutate.mjs'
import { installPackages, orExit } from './prepare.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})

await orExit(installPackages)
const { build } = await import('esbuild')
const file = join(root, 'node_modules/.cache/spoor-fuzz/targets.mjs')
mkdirSync(join(file, '..'), { recursive: true })
await build({
  entryPoints: [join(root, 'test/security/fuzz/targets.ts')],
  outfile: file,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
})
const url = pathToFileURL(file).href
const coverage = new Coverage(url)
const { targets } = await import(url)
const names = Object.keys(targets).filter((name) => values.only === undefined || values.only === name)
if (names.length === 0)
  throw new Error(`--only: expected one of ${Object.keys(targets).join(', ')}, got ${values.only}`)

const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
if (!(minutes > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`)
if (!Number.isInteger(seed)) throw new Error(`--seed: expected a whole number, got ${values.seed}`)
const ms = (minutes * 60_000) / names.length
const random = randomOf(seed)
console.log('target     executions   per s  corpus  blocks at first  blocks at last  findings')
let findings = 0
for (const name of names) {
  const result = fuzz(targets[name], { ms, random, coverage })
  findings += result.findings.length
  const cells = [
    result.executions,
    Math.round(result.executions / (result.ms / 1_000)),
    result.corpus,
    result.firstBlocks,
    result.blocks,
  ]
  const widths = [11, 7, 7, 16, 15]
  const row = cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join(' ')
  console.log(`${name.padEnd(9)} ${row} ${String(result.findings.length).padStart(9)}`)
  for (const { text, reason } of result.findings) console.log(`  ✗ ${reason}\n    ${JSON.stringify(text)}`)
}
console.log(`${coverage.covered} of ${coverage.length} characters of code in ${coverage.blocks} blocks were run`)
process.exitCode = findings === 0 ? 0 : 1
// Loggers and timers of the targets.
process.exit()
