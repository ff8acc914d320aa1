// Several processes (or threads) write one rotating file, are stopped and killed at random steps, and start again. Then
// every line that a writer was promised is looked for by its number.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const writer = new URL('./writer.mjs', import.meta.url)
const maxBatchBytes = 64 * 1024

export const defaults = {
  processes: 8,
  /** Writers that are threads of one process. */
  threads: 0,
  ms: 20_000,
  /** Ends earlier after so many kills. */
  kills: Number.POSITIVE_INFINITY,
  maxBytes: 200_000,
  backups: 10,
  /** How probable it is that a writer dies before and after a step of a rotation; at one of a plain write, a tenth. */
  die: 0.01,
  stall: 0.02,
  stallMs: 20,
  /** Kills a process from outside every so many milliseconds; needs backups for all, since it may strike anywhere. */
  killMs: 0,
}

/**
 * Runs the soak.
 *
 * @param {Partial<typeof defaults> & { package?: string }} given `package`: the URL of the built package
 */
export async function soak(given = {}) {
  const options = { ...defaults, package: new URL('../../dist/index.js', import.meta.url).href, ...given }
  if (options.killMs > 0 && options.backups < 1_000) throw new Error('killMs needs --backups 1000 or more')
  const folder = mkdtempSync(join(tmpdir(), 'spoor-soak-'))
  const folders = { directory: join(folder, 'logs'), acks: join(folder, 'acks'), deleted: join(folder, 'deleted') }
  try {
    mkdirSync(folders.acks)
    mkdirSync(folders.deleted)
    const run = await write({ ...options, ...folders })
    const writers = options.processes + options.threads
    // Linux ends a long write of a process that is killed meanwhile at the next page.
    const mayTear = options.killMs > 0 ? run.killed : 0
    return { ...run, ...count(folders, options.maxBytes), mayTear, mayPassBy: (writers - 1) * maxBatchBytes }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What of the result breaks the promises of docs/logs.md. */
export function broken(result) {
  const most = { lost: 0, doubled: 0, torn: result.mayTear }
  const zero = Object.keys(most)
    .filter((name) => result[name] > most[name])
    .map((name) => `${result[name]} ${name}`)
  // No writer waits longer for a rotation.
  const isPromised = result.longestMs <= 50
  const passed =
    isPromised && result.passedBy > result.mayPassBy ? [`a file passed its limit by ${result.passedBy} bytes`] : []
  return [...zero, ...passed, ...(result.promised === 0 ? ['nothing was written'] : []), ...result.failures]
}

async function write(options) {
  const run = { writers: 0, killed: 0, failures: [] }
  const live = new Set()
  let isEnding = false
  const end = () => {
    isEnding = true
    for (const one of live) one.end()
  }
  const timer = setTimeout(end, options.ms)
  const killer = options.killMs > 0 && setInterval(() => pick([...live])?.kill(), options.killMs)
  const keepOneAlive = async (start) => {
    while (!isEnding) {
      const one = start({ ...options, id: ++run.writers })
      live.add(one)
      const how = await one.ended
      live.delete(one)
      if (how === 'killed') run.killed++
      else if (how !== 'done') run.failures.push(how)
      if (run.killed >= options.kills) end()
    }
  }
  const each = (count, start) => Array.from({ length: count }, () => keepOneAlive(start))
  await Promise.all([...each(options.processes, startProcess), ...each(options.threads, startThread)])
  clearTimeout(timer)
  clearInterval(killer || undefined)
  return run
}

function startProcess(own) {
  const child = spawn(process.execPath, [fileURLToPath(writer), JSON.stringify(own)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.on('error', () => {})
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-2_000)
  })
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      resolve(signal === 'SIGKILL' ? 'killed' : code === 0 ? 'done' : stderr || `ended with ${code} ${signal}`)
    })
  })
  return { ended, end: () => child.stdin.end(), kill: () => child.kill('SIGKILL') }
}

function startThread(own) {
  const worker = new Worker(writer, { workerData: own })
  let how = 'done'
  const kill = () => {
    how = 'killed'
    void worker.terminate()
  }
  worker.on('message', kill)
  const ended = new Promise((resolve) => {
    worker.on('error', (error) => resolve(error.stack ?? error.message))
    worker.on('exit', () => resolve(how))
  })
  return { ended, end: () => worker.postMessage('end'), kill }
}

const nothing = JSON.stringify({ promised: 0, overLimit: 0, longestMs: 0 })

/** What is on disk against what was promised. */
function count({ directory, acks, deleted }, maxBytes) {
  const seen = new Map()
  const counts = {
    promised: 0,
    lost: 0,
    doubled: 0,
    torn: 0,
    files: 0,
    overFiles: 0,
    passedBy: 0,
    overLimit: 0,
    longestMs: 0,
  }
  for (const file of readdirSync(directory).filter((name) => /^app\.log(\.\d+)?$/.test(name))) {
    const text = readFileSync(join(directory, file), 'utf8')
    counts.files++
    if (text.length > maxBytes) counts.overFiles++
    counts.passedBy = Math.max(counts.passedBy, text.length - maxBytes)
    for (const line of text.split('\n').filter(Boolean)) tally(line, seen, counts)
  }
  // A writer that finds its file deleted writes the same lines again, so that they may stand here, too.
  const again = { doubled: 0, torn: 0 }
  for (const file of readdirSync(deleted)) {
    for (const line of readFileSync(join(deleted, file), 'utf8').split('\n').filter(Boolean)) tally(line, seen, again)
  }
  for (const writer of readdirSync(acks)) {
    const { promised, overLimit, longestMs } = JSON.parse(readFileSync(join(acks, writer), 'utf8') || nothing)
    counts.promised += promised
    counts.overLimit += overLimit
    counts.longestMs = Math.max(counts.longestMs, longestMs)
    for (let seq = 1; seq <= promised; seq++) if (!seen.get(writer)?.has(seq)) counts.lost++
  }
  return { ...counts, passedBy: Math.max(counts.passedBy, 0), torn: counts.torn + again.torn }
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
