// Several Spoors in one process: a library may bring its own copy of the package, of another version, or bundled. A
// request still has one id and leaves one line.
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, makeProject, type Project, quiet, root } from './project.js'

let project: Project

beforeAll(async () => {
  project = await makeProject()
  // A library of the service's, which brings the previous version along.
  const library = join(project.folder, 'library')
  await mkdir(library)
  await project.write('library/index.js', `export * from 'spoor'\nexport * from 'spoor/node'\n`)
  await project.write('library/package.json', JSON.stringify({ name: 'library', private: true, type: 'module' }))
  const tarball = join(root, 'test/package/fixtures/spoor-0.1.0.tgz')
  await exec('npm', ['install', '--ignore-scripts', ...quiet, tarball], { cwd: library })
  const entry = await project.write('copied.js', `export * from 'spoor'\nexport * from 'spoor/node'\n`)
  const outfile = join(project.folder, 'bundled.mjs')
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile })
  await project.write('service.mjs', service)
})

afterAll(() => project?.remove())

test('both versions are installed', async () => {
  const files = await Promise.all(
    ['node_modules', 'library/node_modules'].map((at) => readdir(join(project.folder, at, 'spoor/dist'))),
  )
  expect(files.map((names) => [names.includes('core.cjs'), names.includes('lifecycle.js')])).toEqual([
    [true, false],
    [false, true],
  ])
})

const here = 'spoor'
const pairs = [
  { name: 'two instances', own: here, other: here },
  { name: 'a copy that is bundled, inside', own: here, other: './bundled.mjs' },
  { name: 'a copy that is bundled, outside', own: './bundled.mjs', other: here },
  { name: 'the previous version, inside', own: here, other: './library/index.js' },
  { name: 'the previous version, outside', own: './library/index.js', other: here },
]

describe.each(pairs)('with $name', ({ own, other }) => {
  test.each(['header', 'all'])('a request has one id, one line and no failure (tracking: %s)', async (mode) => {
    const { lines, ...found } = JSON.parse(await project.node('service.mjs', own, other, mode))
    expect(found).toEqual({
      answered: ['hello', 'hello', 'hello'],
      sameId: true,
      sameAccount: true,
      called: [true, true, true],
      broken: true,
      alone: 'hello',
      uncaught: [],
    })
    // One for each of three requests and for the bytes that were not HTTP.
    expect(lines).toEqual([1, 1, 1, 1])
  })
})

const service = `
import { createServer, get } from 'node:http'
import { connect } from 'node:net'

const [own, other, mode] = process.argv.slice(2)
const uncaught = []
process.on('uncaughtException', (error) => uncaught.push(String(error)))
process.on('warning', (warning) => uncaught.push(String(warning)))
const load = async (name) => ({ ...(await import(name)), ...(name === 'spoor' ? await import('spoor/node') : {}) })

const written = []
const handler = { write: (lines) => void written.push(...String(lines).trim().split('\\n')), flush() {}, close() {} }

function make({ defineLogs, createSpoor }, name, port) {
  const silent = { console: false }
  const logs = defineLogs({ files: false, root: silent, loggers: { requests: { ...silent, handlers: [handler] } } })
  const outgoing = [{ host: '127.0.0.1:' + port, propagate: true }]
  const tracking = { mode, lateMs: 10, memory: true, fs: true }
  return createSpoor({ service: name, logs, outgoing, tracking, inspector: { authorize: () => 'all' } })
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

const ask = (port) =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => (body += text))
      response.on('end', () => resolve({ id: response.headers['x-request-id'], body }))
    }).on('error', reject)
  })

const say = (port, text) =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('utf8').on('data', (more) => (answer += more))
    socket.on('close', () => resolve(answer)).on('error', reject)
  })

const upstream = []
const target = createServer((request, response) => {
  upstream.push(request.headers['x-request-id'])
  response.end('sent')
})
const targetPort = await listen(target)
const [first, second] = [await load(own), await load(other)]
const [outer, inner] = [make(first, 'outer', targetPort), make(second, 'inner', targetPort)]
const seen = []
const account = () => ({ account: 'acme', roles: ['admin'] })
const innermost = async (_request, response) => {
  seen.push([outer.context(), inner.context()])
  await ask(targetPort)
  seen.push([outer.context(), inner.context()])
  response.end('hello')
}
const server = createServer(
  first.spoorNode(outer, { account, handler: second.spoorNode(inner, { handler: innermost }) }),
)
outer.attach(server)
inner.attach(server)
const port = await listen(server)

const answers = []
for (let at = 0; at < 3; at++) answers.push(await ask(port))
const broken = await say(port, 'nonsense\\r\\n\\r\\n')
const brokenId = /x-request-id: (\\S+)/i.exec(broken)?.[1]
const ids = [...answers.map(({ id }) => id), brokenId]
await outer.flush()
await inner.flush()
// Either is closed while the other goes on.
await outer.close()
const alone = await ask(port)
await inner.close()
const lines = written.map((line) => JSON.parse(line))
console.log(
  JSON.stringify({
    answered: answers.map(({ body }) => body),
    sameId: seen.slice(0, 6).every(([a, b], at) => a.requestId === b.requestId && a.requestId === ids[at >> 1]),
    sameAccount: seen.slice(0, 6).every(([a, b]) => a.account === 'acme' && b.account === 'acme'),
    called: upstream.slice(0, 3).map((id, at) => id === ids[at]),
    broken: brokenId !== undefined,
    alone: alone.body,
    uncaught,
    lines: ids.map((id) => lines.filter((line) => line.requestId === id && !line.late).length),
  }),
)
process.exit()
`
