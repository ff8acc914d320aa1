// bench:find — `spoor find` beside ripgrep over 33 log files of 10 MB, and what else has a limit on the command line.
//   node find.mjs [--rounds 21] [--node PATH]…
// Each figure is the time of a whole process, without the time that Node takes to start (`node -e 0`, in the same round). A
// round is a pair; the ratios are taken within the pairs, and the table has the medians. All files are in the system's
// cache. ripgrep (`rg`) must be installed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeLogs, writeOldLogs, writeRequests } from './find/corpus.mjs'
import { inTurns, machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const rounds = Number(options.rounds)
const spoor = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const peak = fileURLToPath(new URL('./find/peak.cjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'))

try {
  const logs = join(folder, 'logs')
  const ids = writeLogs(logs)
  const large = join(folder, 'large')
  writeOldLogs(join(large, 'old'))
  const largeIds = writeLogs(large)
  const requests = join(folder, 'requests')
  writeRequests(requests, 300_000)
  for (const node of options.node) measure(node, { logs, ids, large, largeIds, requests })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measure(node, { logs, ids, large, largeIds, requests }) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const find = (id, ...more) => ['find', id, '--dir', logs, '--json', ...more]
  const besideRipgrep = [
    besides(node, 'find --quick', '0.25', logs, ids, (id) => find(id, '--quick'), 4),
    besides(node, 'find, told complete', '0.35', logs, ids, find, 4),
    besides(node, 'find, reads everything', '2.0', logs, ids.map(notThere), find, 0),
  ]
  const alone = [
    lonely(node, 'find --quick in 10 GB', '200 ms', largeIds, (id) => ['find', id, '--dir', large, '--quick']),
    lonely(node, 'top of 300,000 lines', '1000 ms', ids, () => ['top', '--last', '1h', '--dir', requests]),
    lonely(node, '--version', '40 ms', ids, () => ['--version']),
  ]
  console.log(`\nfind beside ripgrep, ${rounds} pairs of processes, Node ${version}, ${machine()}\n`)
  console.log(table(besideRipgrep))
  console.log('\nTime without that of node -e 0\n')
  console.log(table(alone))
  writeResult('find', version, { rounds, besideRipgrep, alone })
}

/** An id like the given one that no file has. */
function notThere(id) {
  return `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
}

function besides(node, name, limit, logs, ids, argv, lines) {
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const id = ids[(round * 7) % ids.length]
    const runs = {
      rg: () => timed('rg', ['--fixed-strings', '--no-filename', id, logs], lines > 0 ? 0 : 1),
      spoor: () => spoorMs(node, argv(id), lines > 0 ? 0 : 1),
    }
    return Object.fromEntries(inTurns(Object.keys(runs), round).map((one) => [one, runs[one]()]))
  })
  return {
    what: name,
    'ripgrep ms': median(pairs.map(({ rg }) => rg)).toFixed(1),
    'spoor ms': median(pairs.map((pair) => pair.spoor)).toFixed(1),
    'spoor / ripgrep': median(pairs.map((pair) => pair.spoor / pair.rg)).toFixed(2),
    limit,
    'memory MB': memory(node, argv(ids[0])),
  }
}

function lonely(node, name, limit, ids, argv) {
  const times = Array.from({ length: rounds }, (_, round) => spoorMs(node, argv(ids[(round * 7) % ids.length]), 0))
  return { what: name, ms: median(times).toFixed(1), limit, 'memory MB': memory(node, argv(ids[0])) }
}

/** The time of a command without that of Node's start. */
function spoorMs(node, argv, status) {
  const start = timed(node, ['-e', '0'], 0)
  return timed(node, [spoor, ...argv], status) - start
}

function timed(command, argv, status) {
  const start = performance.now()
  const result = spawnSync(command, argv, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  const ms = performance.now() - start
  if (result.error !== undefined) throw result.error
  if (result.status !== status) throw new Error(`${command} ${argv.join(' ')}: ${result.status}\n${result.stderr}`)
  return ms
}

/** The most memory that the process had. */
function memory(node, argv) {
  const file = join(folder, 'peak')
  spawnSync(node, ['-r', peak, spoor, ...argv], { env: { ...process.env, BENCH_PEAK: file } })
  return (Number(readFileSync(file, 'utf8')) / 1_024).toFixed(0)
}
