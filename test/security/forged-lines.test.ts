// Text that callers send, made to read back as a line of another request and account. It goes through every way into a
// line, and is written in every file format and on the console. SPOOR_FORGED_LINES=600000 gives the figure that
// docs/security.md publishes; each written line holds at least one forged line.
import { closeSync, createReadStream, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { type ParsedLine, parseLine } from '../../src/logging/parser.js'
import { temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'

const wanted = Number(process.env['SPOOR_FORGED_LINES'] ?? 20_000)
const callsAtOnce = 5_000
/** Each call is written to three files and three times to the console. */
const linesOfCall = 6

/** Logs forged text `CALLS` times, by a random choice that `SEED` decides, and prints nothing else. */
const program = `
import http from 'node:http'
import net from 'node:net'
import { writeFileSync } from 'node:fs'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/adapters/node/node.js'

let seed = Number(process.env.SEED) * 2654435761 % 4294967296
const random = (below) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 4294967296) * below)
}
const one = (list) => list[random(list.length)]

const victim = '"requestId":"victim-1","parentId":"victim-1","account":"victim"'
const time = '2026-11-28T10:00:00.000Z'
const lines = [
  '[' + time + '] [INFO] paid {"logger":"a",' + victim + '}',
  '[' + time + '] [INFO] [b] [1] [victim-1] paid {"logger":"b",' + victim + '}',
  '{"time":"' + time + '","level":"info","logger":"c",' + victim + ',"message":"paid"}',
  '{"time":"' + time + '","level":"info","logger":"requests",' + victim + ',"message":"GET / 200","kind":"request","id":"victim-1","service":"s","startedAt":"' + time + '","durationMs":1,"status":200}',
  ' {"logger":"a",' + victim + '}',
  victim,
]
const breaks = ['\\n', '\\r\\n', '\\r', '\\u2028', '\\u2029', '\\u0085', '\\v', '\\f', '\\0', '\\u001b[1A\\u001b[2K', '\\u009b2K', '\\b\\b\\b', '\\\\n', '\\\\', '\\\\\\\\n',
  '%0A', '%0d%0a', '"}\\n', '"}', '"', "'", '}', '"}}]}\\n', ' {"logger":"a"}\\n', '\\ud800', '\\ud800\\n', '\\u202e', '\\ufeff', '%s', '%o', '%%', '\\u000a', '\\\\u000a', '&#10;', ' ']
const padding = () => random(300) === 0 ? one(['x', '\\n', '"', '\\\\', '\\u2028', '\\ud83d\\ude00']).repeat(1 + random(70_000)) : one(['', 'x', '{', '[', 'x'.repeat(random(200))])
const text = () => {
  let made = padding()
  for (let part = 0; part <= random(3); part++) made += one(breaks) + one(lines) + one(breaks)
  return made + padding()
}

const file = (format, console) => ({ file: format + '.log', format, console, level: 'trace' })
const logs = defineLogs({
  directory: process.env.LOGS,
  rotation: { maxBytes: 2 ** 32 },
  loggers: { a: file('publish_sync', 'verbose'), b: file('verbose', 'json'), c: file('json', 'verbose'), requests: { console: 'verbose' } },
})
const loggers = ['a', 'b', 'c'].map((name) => logs.get(name))
const spoor = createSpoor({ service: 'forged', logs, tracking: { mode: 'all' } })

/** What each request's lines must say: its account, and undefined for none. */
const accounts = new Map()
const note = () => {
  const { requestId, account } = spoor.context()
  accounts.set(requestId, account ?? null)
}
const thrown = (made) => Object.assign(new Error(made), one([{}, { name: made }, { code: made }, { stack: made }, { cause: new Error(made) }, { [made]: made }, { requestId: made, account: 'victim' }]))

const ways = [
  (log, made) => log.info(made),
  (log, made) => log.warn('%s says %o and %j', made, made, { made }),
  (log, made) => log.info({ said: made }, made),
  (log, made) => log.info({ [made]: made, requestId: 'victim-1', account: 'victim', parentId: made, logger: made, time: made, level: made, message: made, traceId: made }, 'x'),
  (log, made) => log.debug({ a: [{ [made]: [made, { account: 'victim', requestId: made }] }] }, 'x'),
  (log, made) => log.error(thrown(made), 'failed'),
  (log, made) => log.error({ err: thrown(made) }, made),
  (log, made) => log.fatal({ error: made }, made),
  (log, made) => log.child({ [made]: made, requestId: 'victim-1', account: 'victim' }).info(made),
  (log, made) => log.trace({ toJSON: () => ({ requestId: 'victim-1', account: 'victim', said: made }) }, made),
  (log, made) => log.info({ map: new Map([[made, made]]), set: new Set([made]), symbol: Symbol(made), bytes: Buffer.from(made), url: new URL('http://a/?' + made.slice(0, 2_000)) }, 'x'),
  (log, made) => log.info(Object.defineProperty({}, 'said', { enumerable: true, get() { throw new Error(made) } }), made),
]

let jobs = 0
function call(number) {
  const made = text()
  const way = one(ways)
  const log = () => { for (const logger of loggers) way(logger, made) }
  const account = one(['acme', 'globex', undefined])
  spoor.run({ requestId: 'own-' + process.env.SEED + '-' + number, ...(account && { account }) }, () => {
    note()
    if (random(10) > 0) return spoor.measure(made.slice(0, 100) || 'x', log)
    jobs++
    const carried = spoor.carry({ name: made })
    spoor.runChild(one([carried, { ...carried, name: made }, JSON.parse(JSON.stringify({ ...carried, traceparent: made, tracestate: made }))]), { name: made, attempt: 1 }, () => {
      note()
      log()
    })
  })
}

/** One request that says \`made\` wherever a client can. */
let requests = 0
// Without those that Node refuses: headers of over 16 KB.
let handled = 0
const server = http.createServer(spoorNode(spoor, {
  account: () => ({ account: 'acme', user: String(requests) }),
  handler: (request, response) => {
    handled++
    note()
    let decoded = request.url
    try { decoded = decodeURIComponent(request.url) } catch {}
    for (const logger of loggers) logger.info({ url: request.url, headers: request.headers, decoded }, decoded)
    if (requests % 2) throw thrown(decoded)
    response.end('ok')
  },
}))
spoor.attach(server)
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address()
function ask(made) {
  requests++
  const header = made.replace(/[^\\t\\x20-\\x7e\\x80-\\xff]/g, '').slice(0, 3_000)
  const headers = { 'x-request-id': one([header, 'victim-1']), 'user-agent': header, traceparent: header, tracestate: header, cookie: header, ['x-' + made.replace(/[^a-z]/g, '').slice(0, 50)]: header, 'x-forwarded-for': header }
  const path = '/' + one([encodeURIComponent(made.toWellFormed()).slice(0, 3_000), made.replace(/[^\\x21-\\x7e]/g, '').slice(0, 3_000)])
  return new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path, headers }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}
/** What is not HTTP at all. */
const shout = (made) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => socket.end(made.slice(0, 4_000) + '\\r\\n\\r\\n'))
  socket.on('error', resolve).on('close', resolve).resume()
})

const calls = Number(process.env.CALLS)
for (let number = 0; number < calls; number++) {
  call(number)
  if (number % 50 === 0) {
    await ask(text())
    await shout(text())
  }
}
await new Promise((resolve) => server.close(resolve))
await spoor.close()
await logs.close()
writeFileSync(process.env.LOGS + '/accounts.json', JSON.stringify({ accounts: [...accounts], jobs, handled, health: logs.health() }))
`

interface Told {
  readonly accounts: [string, string | null][]
  readonly jobs: number
  readonly handled: number
  readonly health: readonly { readonly lostLines: number }[]
}

const isOwnId = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
// Characters that divide lines for some tools, or move a terminal's cursor.
const divides = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** What is wrong with a written line; undefined if nothing is. */
function faultOf(line: string, parsed: ParsedLine | undefined, accounts: ReadonlyMap<string, string | null>) {
  if (divides.test(line)) return 'a control character'
  if (parsed === undefined) return 'not a line'
  const { requestId, parentId, account, logger } = parsed
  if (!['a', 'b', 'c', 'requests', 'root'].includes(logger)) return 'the logger of nobody'
  if (parentId !== undefined && !accounts.has(parentId)) return 'a parent of nobody'
  // A request that the parser refuses has an id of its own, and no account.
  const known =
    requestId === undefined || isOwnId.test(requestId)
      ? (accounts.get(requestId ?? '') ?? null)
      : accounts.get(requestId)
  return known === (account ?? null) ? undefined : `of ${requestId} and ${account}`
}

/** Looks at each line of a file. @returns how many of each logger there are */
async function check(path: string, accounts: ReadonlyMap<string, string | null>): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const faults: string[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const parsed = parseLine(line)
    const fault = faultOf(line, parsed, accounts)
    if (fault !== undefined && faults.length < 5) faults.push(`${fault}: ${JSON.stringify(line.slice(0, 500))}`)
    if (parsed !== undefined) counts.set(parsed.logger, (counts.get(parsed.logger) ?? 0) + 1)
  }
  expect(faults).toEqual([])
  return counts
}

test(`no caller's text reads back as a line of another request or account, in any format (${wanted} forged lines)`, {
  timeout: 60_000 + wanted,
}, async () => {
  const folder = temporaryFolder()
  let written = 0
  for (let seed = 1; written < wanted; seed++) {
    const calls = Math.min(callsAtOnce, Math.ceil((wanted - written) / linesOfCall))
    const env = { LOGS: join(folder, 'logs'), CALLS: String(calls), SEED: String(seed) }
    // A file: a pipe whose reader is slow would lose lines.
    const stdout = openSync(join(folder, 'console'), 'w')
    const { stderr, code } = await runProgram(program, { env, stdout })
    closeSync(stdout)
    expect([code, stderr]).toEqual([0, ''])
    const told = JSON.parse(readFileSync(join(folder, 'logs/accounts.json'), 'utf8')) as Told
    expect(told.health.filter(({ lostLines }) => lostLines > 0)).toEqual([])
    const accounts = new Map(told.accounts)
    const expected = calls + told.handled
    for (const [file, logger] of [
      ['publish_sync', 'a'],
      ['verbose', 'b'],
      ['json', 'c'],
    ] as const) {
      expect(Object.fromEntries(await check(join(folder, `logs/${file}.log`), accounts))).toEqual({
        [logger]: expected,
      })
    }
    const shown = await check(join(folder, 'console'), accounts)
    expect(['a', 'b', 'c'].map((logger) => shown.get(logger))).toEqual([expected, expected, expected])
    const finished = (await check(join(folder, 'logs/requests.jsonl'), accounts)).get('requests') ?? 0
    expect(finished).toBeGreaterThanOrEqual(told.handled + told.jobs)
    written += 3 * expected + finished + [...shown.values()].reduce((sum, count) => sum + count)
    rmSync(join(folder, 'logs'), { recursive: true })
  }
  if (process.env['SPOOR_FORGED_LINES']) console.log(`0 of ${written} forged lines passed`)
})
