// The log files that bench:find searches.
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileBytes = 10 * 2 ** 20
const everyMs = 10
const accounts = ['acme', 'globex', 'initech']
const iso = (ms) => new Date(ms).toISOString()

/** A UUIDv7 of a time. */
function idAt(ms, number) {
  const time = Math.floor(ms).toString(16).padStart(12, '0')
  const random = ((number * 2_654_435_761) % 2 ** 48).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${(number % 4_096).toString(16).padStart(3, '0')}-8abc-${random}`
}

/** Three logs with 10 backups each, all files of 10 MB. @returns 40 ids of requests, evenly spread */
export function writeLogs(folder, files = 11) {
  mkdirSync(folder, { recursive: true })
  const logs = ['publish_sync.log', 'wordpress-api.log', 'requests.jsonl'].map((name) => new Log(folder, name, files))
  const [publish, wordpress, requests] = logs
  const ids = []
  let at = Date.now() - 3_600_000
  for (let number = 0; !logs.every((log) => log.isFull); number++) {
    at += everyMs
    const id = idAt(at, number)
    const account = accounts[number % accounts.length]
    const of = `"requestId":"${id}","account":"${account}"`
    for (const step of [0, 1]) {
      publish.add(
        at + step,
        `[${iso(at + step)}] [INFO] publish step ${step} {"logger":"publish_sync",${of},"postId":${number},"slug":"a-slug-that-is-as-long-as-a-real-one-${number}"}`,
      )
      wordpress.add(
        at + 3 + step,
        `[${iso(at + 3 + step)}] [INFO] POST /wp-json/wp/v2/posts 201 {"logger":"wordpress_api",${of},"method":"POST","host":"blog.example","durationMs":12.${number % 100}}`,
      )
    }
    requests.add(at + 8, requestLine(at, id, account))
    if (!logs.some((log) => log.isFull)) ids.push(id)
  }
  for (const log of logs) log.write()
  // The newest requests have lines in every log but the shortest.
  return Array.from({ length: 40 }, (_, place) => ids[Math.floor((ids.length * (place + 0.5)) / 40)])
}

/** Files of 10 MB in all of 10 GB that were written last a week ago. They have holes instead of text, and take no space. */
export function writeOldLogs(folder) {
  mkdirSync(folder, { recursive: true })
  const weekAgo = Date.now() / 1_000 - 7 * 86_400
  for (let number = 0; number < 1_000; number++) {
    const file = join(folder, `old-${Math.floor(number / 10)}.log${number % 10 === 0 ? '' : `.${number % 10}`}`)
    writeFileSync(file, `[${iso((weekAgo - 3_600) * 1_000)}] [INFO] old {"logger":"old"}\n`)
    truncateSync(file, fileBytes)
    utimesSync(file, weekAgo, weekAgo)
  }
}

/** Request lines of the last 50 minutes. */
export function writeRequests(folder, count) {
  mkdirSync(folder, { recursive: true })
  const log = new Log(folder, 'requests.jsonl', Number.POSITIVE_INFINITY)
  const start = Date.now() - count * everyMs - 60_000
  for (let number = 0; number < count; number++) {
    const at = start + number * everyMs
    log.add(at + 8, requestLine(at, idAt(at, number), accounts[number % accounts.length]))
  }
  log.write()
}

function requestLine(at, id, account) {
  return JSON.stringify({
    ...{ time: iso(at + 8), level: 'info', logger: 'requests', requestId: id, account, kind: 'request', id },
    ...{ method: 'POST', route: '/api/v1/publish', path: '/api/v1/publish', status: 201 },
    ...{ service: 'publisher', version: '1.0.0', pid: 4127, startedAt: iso(at), durationMs: 8.1 },
    ...{ io: { client: { readBytes: 512, writtenBytes: 812 } }, logs: { lines: 4, warnings: 0, errors: 0 } },
    message: 'POST /api/v1/publish 201 8.1 ms',
  })
}

/** A live file and its backups. */
class Log {
  constructor(folder, name, files) {
    Object.assign(this, { path: join(folder, name), files, lines: [], bytes: 0, last: 0, done: [] })
  }

  get isFull() {
    return this.done.length === this.files
  }

  add(at, line) {
    if (this.isFull) return
    this.lines.push(line)
    this.bytes += line.length + 1
    this.last = at
    if (this.bytes >= fileBytes) this.rotate()
  }

  rotate() {
    this.done.push({ text: `${this.lines.join('\n')}\n`, at: this.last })
    this.lines = []
    this.bytes = 0
  }

  /** Oldest first in memory; the live file is the youngest. */
  write() {
    if (this.lines.length > 0) this.rotate()
    for (const [place, { text, at }] of this.done.toReversed().entries()) {
      const file = place === 0 ? this.path : `${this.path}.${place}`
      writeFileSync(file, text)
      utimesSync(file, at / 1_000, at / 1_000)
    }
  }
}
