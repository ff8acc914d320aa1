// bench:budget — the five headline ratios, in under two minutes, beside those that bench/budget.json keeps for this version of
// Node. It names what got worse by more than 10 %. For people: on a busy machine, run it twice before you believe it.
//   node budget.mjs [--save] [--node PATH]
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, table } from './report.mjs'

const { values: options } = parseArgs({
  options: { save: { type: 'boolean', default: false }, node: { type: 'string', default: process.execPath } },
})
const maxWorse = 0.1
const file = fileURLToPath(new URL('./budget.json', import.meta.url))

/** Each ratio: the benchmark that measures it, with what arguments, and where its result has it. */
const headlines = [
  {
    ratio: 'start: time × pino',
    bench: 'import',
    args: ['--rounds', '10'],
    of: ({ rows }) => rows.find((row) => row.package === 'spoor')['wall ×'],
  },
  {
    ratio: 'line: time × baseline',
    bench: 'logging',
    args: ['--lines', '200000', '--rounds', '4', '--only', 'spoor json'],
    of: ({ rows }) => rows[0]['wall ×'],
  },
  {
    ratio: 'request: added CPU × pino',
    bench: 'http',
    args: ['--framework', 'express', '--rounds', '25', '--processes', '5', '--requests', '600', '--only', 'spoor'],
    of: ({ rows }) => rows.find((row) => row.stack === 'spoor')['added, × pino'],
  },
  {
    ratio: 'everything tracked: CPU × off',
    bench: 'tracking',
    args: ['--only', 'overhead', '--rounds', '20', '--processes', '4', '--requests', '400', '--state', 'all'],
    of: ({ overhead }) => overhead.find((row) => row.stack === 'all')['/json × off'],
  },
  {
    ratio: 'http.request: added CPU × OpenTelemetry',
    bench: 'outgoing',
    args: ['--rounds', '9', '--processes', '3', '--witness', '1', '--only', 'http.request'],
    of: ({ costs }) => costs.find((row) => row.stack === 'spoor')['added, × opentelemetry'],
  },
]

const version = spawnSync(options.node, ['-v'], { encoding: 'utf8' }).stdout.trim()
const major = version.split('.')[0]
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const before = kept[major]?.ratios ?? {}
const results = mkdtempSync(join(tmpdir(), 'spoor-budget-'))
const now = {}
try {
  for (const headline of headlines) now[headline.ratio] = measured(headline)
} finally {
  rmSync(results, { recursive: true })
}

console.log(`\nNode ${version}, ${machine()}\n`)
console.log(table(headlines.map(({ ratio }) => rowOf(ratio))))
const worse = headlines.filter(({ ratio }) => isWorse(ratio))
if (worse.length > 0) console.log(`\nWorse by more than 10 %: ${worse.map(({ ratio }) => ratio).join('; ')}`)
if (options.save) {
  kept[major] = { node: version, machine: machine(), ratios: now }
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
}

function measured({ bench, args, of }) {
  const program = fileURLToPath(new URL(`./${bench}.mjs`, import.meta.url))
  const env = { ...process.env, SPOOR_BENCH_RESULTS: results }
  const child = spawnSync(process.execPath, [program, ...args, '--node', options.node], { encoding: 'utf8', env })
  if (child.status !== 0) throw new Error(`bench:${bench} failed:\n${child.stderr}`)
  return Number(of(JSON.parse(readFileSync(join(results, `${bench}-${version}.json`), 'utf8'))))
}

function isWorse(ratio) {
  return before[ratio] !== undefined && now[ratio] > before[ratio] * (1 + maxWorse)
}

function rowOf(ratio) {
  const change = before[ratio] === undefined ? '–' : `${Math.round((now[ratio] / before[ratio] - 1) * 100)} %`
  return { ratio, kept: before[ratio] ?? '–', now: now[ratio], change: isWorse(ratio) ? `${change} worse` : change }
}
