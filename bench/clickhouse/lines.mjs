// What a line for ClickHouse costs the service, beside a line for a file: the CPU of the whole process, to the arrival of the lines. Each
// run is a process of its own on core 0, and pairs are compared. A server that keeps nothing takes the lines, on core 1.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pinnedTo } from '../cores.mjs'
import { median } from '../report.mjs'

const [writer, sink] = ['./writer.mjs', './sink.mjs'].map((file) => fileURLToPath(new URL(file, import.meta.url)))
/** How lines come, and how many seconds of 2,000 lines the paced run has. */
const modes = {
  full: 'as fast as it can, 100 in a turn of the event loop',
  request: 'as fast as it can, the 10 of a request in a turn',
  paced: '200 requests of 10 lines a second',
}
const pacedLines = 20_000

export async function linesOf(node, { lines, pairs }) {
  const server = await startSink()
  try {
    const rows = []
    for (const mode of Object.keys(modes)) {
      const count = mode === 'paced' ? pacedLines : lines
      const measured = []
      for (let pair = 0; pair < (mode === 'paced' ? Math.ceil(pairs / 3) : pairs); pair++) {
        const one = {}
        const names = ['file', 'clickhouse', 'nowhere']
        for (const name of pair % 2 === 0 ? names : names.toReversed())
          one[name] = await runOf(node, { name, count, mode, server })
        measured.push(one)
      }
      rows.push(rowOf(mode, measured))
    }
    return rows
  } finally {
    server.child.kill('SIGKILL')
  }
}

function rowOf(mode, pairs) {
  const cpu = (name) => median(pairs.map((pair) => pair[name].cpuUs))
  const ratios = pairs.map(({ file, clickhouse }) => clickhouse.cpuUs / file.cpuUs)
  return {
    lines: modes[mode],
    'nowhere, µs': cpu('nowhere').toFixed(2),
    'file, µs': cpu('file').toFixed(2),
    'ClickHouse, µs': cpu('clickhouse').toFixed(2),
    'CPU × file': median(ratios).toFixed(2),
    'of pairs': `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
    required: '≤ 1.2',
    lost: Math.max(...pairs.map((pair) => pair.clickhouse.lost + pair.clickhouse.missing)),
  }
}

async function runOf(node, { name, count, mode, server }) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-lines-'))
  try {
    const before = await server.lines()
    const place = name === 'clickhouse' ? server.url : directory
    const [command, ...args] = pinnedTo(0, [node, writer, name, place, String(count), mode])
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await Promise.all([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')])
    const arrived = (await server.lines()) - before
    // Those of the warm-up as well.
    const missing = name === 'clickhouse' ? Math.max(0, count + 20_000 - arrived) : 0
    return { ...JSON.parse(said[0]), missing }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A server that keeps nothing, on core 1. */
export async function startSink() {
  const [command, ...args] = pinnedTo(1, [process.execPath, sink])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = `http://127.0.0.1:${line.split(' ')[1]}`
  return { child, url, lines: async () => Number(await (await fetch(`${url}/lines`)).text()) }
}

/** The version of a Node. */
export function versionOf(node) {
  return spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
}
