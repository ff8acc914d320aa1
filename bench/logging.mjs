// bench:logging — what a log line costs, beside the loggers people use.
//   node logging.mjs [--lines 200000] [--rounds 5] [--node PATH]… [--only NAME]…
// Every run is a process of its own, pinned to one core where taskset is there. Each run of a logger stands beside one of
// the baseline, and ratios are taken within such a pair; medians over the rounds. Then every sequence number is looked
// for on disk.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pinnedTo } from './cores.mjs'
import { loggers } from './logging/loggers.mjs'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '5' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    only: { type: 'string', multiple: true },
  },
})
const lines = Number(options.lines)
const rounds = Number(options.rounds)
const names = Object.keys(loggers).filter((name) => name !== 'baseline' && (options.only?.includes(name) ?? true))
const writer = fileURLToPath(new URL('./logging/writer.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const rows = names.map((name) => ({ logger: name, ...compare(node, name) }))
  console.log(`\n${lines} lines of about 220 bytes, ${rounds} pairs, Node ${version}, ${machine()}\n`)
  console.log(table(rows))
  writeResult('logging', version, { lines, rounds, rows })
}

function compare(node, name) {
  const pairs = pairsOf(node, name, 'yield', rounds)
  const ratio = (member, of = pairs) => median(of.map(([base, own]) => own[member] / base[member]))
  const children = hasChild(name) ? pairsOf(node, name, 'child', Math.ceil(rounds / 2)) : []
  const latency = run(node, name, 'latency')
  const tight = pairsOf(node, name, 'tight', 1)[0]
  return {
    'wall ×': ratio('wallMs').toFixed(2),
    'CPU ×': ratio('cpuMs').toFixed(2),
    'child wall ×': children.length > 0 ? ratio('wallMs', children).toFixed(2) : '–',
    'µs a line': median(pairs.map(([, own]) => (own.wallMs * 1000) / lines)).toFixed(2),
    'call p50 µs': latency.p50Us.toFixed(1),
    'p99 µs': latency.p99Us.toFixed(1),
    'max µs': latency.maxUs.toFixed(0),
    'peak MB': Math.max(...pairs.map(([, own]) => own.peakMb)).toFixed(0),
    'tight MB': tight[1].peakMb.toFixed(0),
    'tight ×': (tight[1].peakMb / tight[0].peakMb).toFixed(2),
    lost: Math.max(...pairs.map(([, own]) => own.lost)),
  }
}

/** Pairs of runs, the baseline first, so that both see the same moods of the machine. */
function pairsOf(node, name, mode, count) {
  return Array.from({ length: count }, () => [run(node, 'baseline', mode), run(node, name, mode)])
}

// log4js and LogTape have no child with bindings that its file sink writes, and constant lines have no ids.
function hasChild(name) {
  return !['preformatted', 'log4js', 'logtape'].includes(name)
}

function run(node, name, mode) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  try {
    const count = mode === 'tight' ? Math.max(lines, 300_000) : lines
    const command = [node, writer, name, directory, String(count), mode]
    const pinned = pinnedTo(0, command)
    const child = spawnSync(pinned[0], pinned.slice(1), { encoding: 'utf8', timeout: 300_000 })
    if (child.status !== 0) throw new Error(`${name} ended with ${child.status}: ${child.stderr.slice(-2000)}`)
    return { ...JSON.parse(child.stdout), lost: name === 'preformatted' ? 0 : lost(directory, count) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function lost(directory, count) {
  const seen = new Uint8Array(count)
  for (const file of readdirSync(directory).filter((name) => name.startsWith('app'))) {
    const text = readFileSync(join(directory, file), 'utf8')
    for (const [, number] of text.matchAll(/"seq":(\d+)/g)) seen[Number(number)] = 1
  }
  // What the rotation deleted by its own rule is not lost: only sequence numbers newer than the oldest one kept count.
  const oldest = seen.indexOf(1)
  return seen.subarray(oldest).filter((there) => there === 0).length
}
