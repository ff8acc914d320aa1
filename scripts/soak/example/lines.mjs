// What stands in the log files, rotated ones too.
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The example keeps ten. With all of them full, lines were deleted by right, and nothing can be said of what is missing. */
const maxBackups = 10

/** All lines of a log directory, by id. */
export class Lines {
  /** Lines of requests that the clients sent. @type {Map<string, any[]>} */
  requests = new Map()
  /** Lines of webhooks of the sites; each has the id of the request or job that caused it. @type {Map<string, any[]>} */
  webhooks = new Map()
  /** Lines of attempts, by the id of the request that queued the job. @type {Map<string, any[]>} */
  attempts = new Map()
  /** How often the service logged that a post is published. @type {Map<string, number>} */
  published = new Map()
  torn = 0
  /** @type {string[]} */
  problems = []

  /** @param {string} text a line of requests.jsonl */
  takeRequestLine(text) {
    let line
    try {
      line = JSON.parse(text)
    } catch {
      this.torn++
      return
    }
    const { kind = 'request', requestId, parentId, user } = line
    if (kind === 'job') add(this.attempts, parentId, line)
    else if (kind === 'request') add(user === 'wordpress' ? this.webhooks : this.requests, requestId, line)
  }

  /** @param {string} text a line of publish_sync.log */
  takePublished(text) {
    const [, id] = publishedLine.exec(text) ?? []
    if (id !== undefined) this.published.set(id, (this.published.get(id) ?? 0) + 1)
  }
}

const publishedLine = /^\[[^\]]+\] \[INFO\] published \{.*?"requestId":"([^"]+)"/

/** @param {string} directory */
export async function readLines(directory) {
  const lines = new Lines()
  for (const file of filesOf(directory, 'requests.jsonl', lines)) {
    for await (const text of linesIn(file)) lines.takeRequestLine(text)
  }
  for (const file of filesOf(directory, 'publish_sync.log', lines)) {
    for await (const text of linesIn(file)) lines.takePublished(text)
  }
  return lines
}

function filesOf(directory, name, { problems }) {
  const files = readdirSync(directory).filter(
    (file) => file.startsWith(name) && /^(?:\.\d+)?$/.test(file.slice(name.length)),
  )
  if (files.length > maxBackups)
    problems.push(`${name} has ${maxBackups} backups: older lines are deleted, so run for a shorter time`)
  return files.map((file) => join(directory, file))
}

function linesIn(file) {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
}

function add(map, id, line) {
  const lines = map.get(id)
  if (lines === undefined) map.set(id, [line])
  else lines.push(line)
}
