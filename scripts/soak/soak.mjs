// Several processes write one rotating file for a while, are stopped and killed at random steps, and start again. Then
// every line that a writer was promised is looked for by its number.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const writer = fileURLToPath(new URL('./writer.mjs', import.meta.url))

export const defaults = {
  processes: 8,
  ms: 20_000,
  maxBytes: 200_000,
  backups: 100_000,
  die: 0.002,
  stall: 0.02,
  stallMs: 20,
  killMs: 0,
}

/** Runs the soak and gives its counts. */
export async function soak(given) {
  const options = { ...defaults, ...given }
  const folder = mkdtempSync(join(tmpdir(), 'spoor-soak-'))
  const [directory, acks] = [join(folder, 'logs'), join(folder, 'acks')]
  mkdirSync(acks)
  try {
    const run = await write({ ...options, directory, acks })
    return { ...options, ...run, ...count(directory, acks, options.maxBytes) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function write(options) {
  const until = Date.now() + options.ms
  const live = new Set()
  let id = 0
  let deaths = 0
  let failures = ''
  const keepOneAlive = async () => {
    while (until - Date.now() > 300) {
      const own = JSON.stringify({ ...options, id: ++id, ms: until - Date.now() })
      const child = spawn(process.execPath, [writer, own], { stdio: ['ignore', 'ignore', 'pipe'] })
      live.add(child)
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr = (stderr + text).slice(-2_000)
      })
      const [code, signal] = await new Promise((resolve) => child.on('close', (...end) => resolve(end)))
      live.delete(child)
      if (signal === 'SIGKILL') deaths++
      else if (code !== 0) failures += stderr || `ended with ${code} ${signal}\n`
    }
  }
  const killer = options.killMs > 0 && setInterval(() => pick([...live])?.kill('SIGKILL'), options.killMs)
  await Promise.all(Array.from({ length: options.processes }, keepOneAlive))
  clearInterval(killer || undefined)
  return { writers: id, deaths, failures }
}

/** What is on disk against what was promised. */
function count(directory, acks, maxBytes) {
  const seen = new Map()
  const counts = { promised: 0, lost: 0, doubled: 0, torn: 0, files: 0, over: 0, largest: 0 }
  for (const file of readdirSync(directory).filter((name) => /^app\.log(\.\d+)?$/.test(name))) {
    const text = readFileSync(join(directory, file), 'utf8')
    counts.files++
    if (text.length > maxBytes) counts.over++
    counts.largest = Math.max(counts.largest, text.length)
    for (const line of text.split('\n').filter(Boolean)) tally(line, seen, counts)
  }
  for (const writer of readdirSync(acks)) {
    const promised = Number(readFileSync(join(acks, writer), 'utf8'))
    counts.promised += promised
    for (let seq = 1; seq <= promised; seq++) if (!seen.get(writer)?.has(seq)) counts.lost++
  }
  return counts
}

function tally(line, seen, counts) {
  let entry
  try {
    entry = JSON.parse(line)
  } catch {
    counts.torn++
    return
  }
  const writer = String(entry.writer)
  const own = seen.get(writer) ?? new Set()
  seen.set(writer, own)
  if (own.has(entry.seq)) counts.doubled++
  own.add(entry.seq)
}

function pick(values) {
  return values[Math.floor(Math.random() * values.length)]
}
