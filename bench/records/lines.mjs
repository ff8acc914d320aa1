// One process of bench:records: looks for ids in request lines, 11 files of 10 MB. Answers on stdout, as JSON.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RequestLines } from '../../dist.inside/reading/files/request-lines.js'
import { readAccess } from '../../dist.inside/records/read-access.js'
import { median } from '../report.mjs'

const rounds = Number(process.argv[2])
const backups = 10
const epoch = Date.now() - 3_600_000
const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
const file = join(folder, 'requests.jsonl')
const all = readAccess('all', undefined)
const globex = readAccess('account', 'globex')

/** The n-th id, a UUIDv7; one is made every 10 ms. */
function idAt(n) {
  const time = (epoch + n * 10).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
}

function line(n) {
  const [startedAt, time] = [0, 8].map((ms) => new Date(epoch + n * 10 + ms).toISOString())
  const who = { time, level: 'info', logger: 'requests', requestId: idAt(n), account: 'acme' }
  const what = { kind: 'request', id: idAt(n), method: 'POST', route: '/api/v1/publish', path: '/api/v1/publish' }
  const rest = { status: 201, service: 'publisher', version: '1.0.0', pid: 1, startedAt, durationMs: 8.4 }
  const io = { client: { readBytes: 300, writtenBytes: 400 } }
  return `${JSON.stringify({ ...who, ...what, ...rest, io, message: 'POST /api/v1/publish 201 8.4 ms' })}\n`
}

function writeFiles() {
  let n = 0
  for (let number = backups; number >= 0; number--) {
    let text = ''
    while (text.length < 10.4e6) text += line(n++)
    const path = number === 0 ? file : `${file}.${number}`
    writeFileSync(path, text)
    const ended = new Date(epoch + n * 10)
    utimesSync(path, ended, ended)
  }
  return n
}

async function finding(ids, scope) {
  const lines = new RequestLines({ file })
  const [wall, cpu] = [[], []]
  let found = 0
  for (const id of ids) {
    const [start, before] = [performance.now(), process.cpuUsage()]
    found += (await lines.find(scope, id)).length
    const { user, system } = process.cpuUsage(before)
    wall.push(performance.now() - start)
    cpu.push((user + system) / 1_000)
  }
  return { found: `${found} of ${ids.length}`, 'median ms': median(wall).toFixed(1), 'CPU ms': median(cpu).toFixed(1) }
}

function spread(from, to) {
  return Array.from({ length: rounds }, (_, at) => idAt(Math.floor(from + ((to - from) * (at + 0.5)) / rounds)))
}

try {
  const lines = writeFiles()
  const oldest = spread(0, 1_000)
  const searches = {
    'of the last minute': [spread(lines - 6_000, lines), all],
    'of any time': [spread(0, lines), all],
    oldest: [oldest, all],
    'oldest, foreign': [oldest, globex],
    'oldest, unknown': [oldest.map((id) => `${id.slice(0, -4)}ffff`), all],
    'unknown, no UUID': [spread(0, 1).map((_, at) => `edge-${at}`), all],
  }
  const rows = []
  for (const [id, [ids, scope]] of Object.entries(searches)) rows.push({ id, ...(await finding(ids, scope)) })
  process.stdout.write(JSON.stringify({ lines, rows }))
} finally {
  rmSync(folder, { recursive: true })
}
