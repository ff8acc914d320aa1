// Loading Spoor changes nothing for the service's own undici. Node's undici lies in Node itself and takes the global
// dispatcher when it is loaded, which npm's undici then uses in its place.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project } from './project.js'

let project: Project

beforeAll(async () => {
  project = await makeProject()
  await project.install('undici', 'express', 'bullmq')
})

afterAll(() => project?.remove())

const entries = ['spoor', 'spoor/express', 'spoor/hono', 'spoor/koa', 'spoor/node', 'spoor/bullmq']
const kinds = [
  { kind: 'commonjs', load: (name: string) => `require(${JSON.stringify(name)})` },
  { kind: 'module', load: (name: string) => `await import(${JSON.stringify(name)})` },
]
const cases = entries.flatMap((entry) => kinds.map((kind) => ({ entry, ...kind })))

/** Names the symbols of a global dispatcher, whichever versions there are. */
const dispatchers = `Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('undici'))`

describe('the global dispatcher', () => {
  test.each(cases)('is untouched after loading $entry in a $kind', async ({ entry, kind, load }) => {
    const code = `${load(entry)}; console.log(JSON.stringify(${dispatchers}))`
    expect(JSON.parse(await project.node(`--input-type=${kind}`, '--eval', code))).toEqual([])
  })

  test.each(kinds)('is untouched after making a Spoor with every option, in a $kind', async ({ kind, load }) => {
    const code = `
      const { createSpoor, defineLogs, memoryRecords } = ${load('spoor')}
      ${withEverything}
      console.log(JSON.stringify(${dispatchers}))`
    expect(JSON.parse(await project.node(`--input-type=${kind}`, '--eval', code))).toEqual([])
  })

  test('belongs to undici from npm if the service loaded that first', async () => {
    const code = `
      const { getGlobalDispatcher, Agent } = require('undici')
      const own = getGlobalDispatcher()
      ${entries.map((entry) => `require('${entry}')`).join('\n')}
      console.log(getGlobalDispatcher() === own && own instanceof Agent)`
    expect(await project.node('--input-type=commonjs', '--eval', code)).toBe('true\n')
  })
})

test.each(entries)("npm's undici sends a form in a CommonJS service that loads %s", async (entry) => {
  const program = `
    require('${entry}')
    const { createSpoor, defineLogs, memoryRecords } = require('spoor')
    const { request, FormData } = require('undici')
    ${withEverything}
    const { createServer } = require('node:http')
    const server = createServer(async (req, res) => {
      let body = ''
      for await (const chunk of req) body += chunk
      res.end(body)
    })
    server.listen(0, '127.0.0.1', async () => {
      const form = new FormData()
      form.set('name', 'Ann')
      const url = 'http://127.0.0.1:' + server.address().port
      const { statusCode, body } = await request(url, { method: 'POST', body: form })
      console.log(statusCode, /name="name"\\s+Ann/.test(await body.text()))
      server.close()
      await spoor.close()
      process.exit()
    })`
  const file = `form-${entry.replace('/', '-')}.cjs`
  await project.write(file, program)
  expect(await project.node(file)).toBe('200 true\n')
})

const withEverything = `
  const silent = { console: false }
  const logs = defineLogs({ files: false, root: silent, loggers: { requests: silent, mail: silent } })
  const spoor = createSpoor({
    service: 'consumer',
    logs,
    requestId: { trust: ['127.0.0.0/8', 'fd00::/8'] },
    tracking: { mode: 'all', memory: true, fs: true },
    inspector: { authorize: () => 'all', hosts: ['localhost'], origins: ['https://app.example'] },
    outgoing: [{ host: 'mail.example', logger: 'mail', propagate: true }],
    records: memoryRecords(),
  })
  spoor.run({}, () => logs.get('mail').info({ at: new Date(), from: process.stdin }, 'hello'))`
