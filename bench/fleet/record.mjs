// Records the traffic that bench:fleet replays: node bench/fleet/record.mjs writes bench/fleet/traffic.jsonl anew, each line one
// request or job of the example service, with its record and the lines that it wrote.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildExample, buildPackage, installPackages } from '../../scripts/prepare.mjs'

const target = fileURLToPath(new URL('./traffic.jsonl', import.meta.url))
const main = fileURLToPath(new URL('../../examples/publisher/dist/main.js', import.meta.url))
/** About what a service of this kind answers: mostly reading, some writing, some failures. */
const mix = [
  ...Array(24).fill(['GET', '/api/v1/posts']),
  ...Array(8).fill(['POST', '/api/v1/publish']),
  ...Array(4).fill(['POST', '/api/v1/publish?later=1']),
  ...Array(10).fill(['GET', '/api/v1/work?cpuMs=2&waitMs=5&chunks=2']),
  ['GET', '/api/v1/fail?how=throw'],
  ['GET', '/api/v1/fail?how=404'],
]
const tokens = ['acme-admin', 'globex-developer']
const post = JSON.stringify({ title: 'The autumn range', content: 'Twelve jackets, all of wool.' })

await installPackages()
await buildPackage()
await buildExample()
const directory = mkdtempSync(join(tmpdir(), 'spoor-fleet-'))
const service = await startExample()
try {
  const ids = []
  for (const [at, [method, path]] of shuffled(mix).entries()) ids.push(await ask(method, path, tokens[at % 2]))
  // Jobs and webhooks follow.
  await later(3_000)
  const records = await recordsOf(service.url)
  const exchanges = records.map((record) => ({
    record: asStored(record),
    lines: service.lines.filter((line) => line.requestId === record.requestId),
  }))
  const missing = ids.filter((id) => !records.some((record) => record.requestId === id))
  if (missing.length > 0) throw new Error(`${missing.length} of ${ids.length} requests have no record`)
  writeFileSync(target, exchanges.map((one) => `${anonymous(JSON.stringify(one))}\n`).join(''))
  const lines = exchanges.reduce((sum, one) => sum + one.lines.length, 0)
  console.log(`${exchanges.length} requests and jobs, ${lines} lines`)
} finally {
  service.child.kill('SIGTERM')
  await once(service.child, 'exit')
  rmSync(directory, { recursive: true, force: true })
}

/** The example with JSON lines on stdout. */
async function startExample() {
  const env = {
    ...process.env,
    PORT: '0',
    SPOOR_FILES: 'off',
    SPOOR_CONSOLE: 'json',
    DATA_DIR: join(directory, 'data'),
  }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = []
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the example ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (text.startsWith('{')) lines.push(JSON.parse(text))
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
      if (address) resolve(address[0])
    })
  })
  return { child, lines, url }
}

async function ask(method, path, token) {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-debug-resource-tracking': 'true',
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { body: post }),
  })
  await response.arrayBuffer()
  return response.headers.get('x-request-id')
}

/** Whole records of all measured requests and jobs, the first first. */
async function recordsOf(url) {
  const read = async (path) => {
    const response = await fetch(`${url}/_spoor/api/${path}`, { headers: { authorization: 'Bearer operator' } })
    return response.json()
  }
  const { items } = await read('requests?measured=true&limit=200')
  const records = await Promise.all(items.map(({ id }) => read(`requests/${id}`)))
  return records.reverse()
}

/** Without what the inspector adds for its readers. */
function asStored({ measured, source, summary, parts, notes, ...record }) {
  return record
}

/** The same order every time, not that of the list. */
function shuffled(list) {
  return list
    .map((one, at) => [((at * 7_919) % 104_729) % list.length, one])
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one)
}

function anonymous(text) {
  return text.replaceAll(hostname(), 'web-1')
}
