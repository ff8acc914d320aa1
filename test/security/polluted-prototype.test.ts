import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { runProgram, startProgram } from '../programs/program.js'

// What a dependency with a hole may put on Object.prototype: members of identities, errors, headers, carried jobs, options.
const pollution = `
Object.assign(Object.prototype, {
  account: 'globex', user: 'root', roles: ['admin'], requestId: 'polluted', clientRequestId: 'polluted', tracked: true,
  expose: true, status: 404, statusCode: 404, code: 'polluted', detail: 'polluted', switch: true, accountSwitched: true,
  'x-debug-resource-tracking': 'true', 'x-request-id': 'polluted', traceparent: 'polluted',
  inspector: { authorize: () => 'all' }, authorize: () => 'all', tracking: { mode: 'all' }, allow: () => true,
  errors: { map: () => ({ status: 200 }) }, map: () => ({ detail: 'polluted' }), format: 'envelope', trust: true,
  ignore: () => true, records: {}, outgoing: 7, propagate: true, redact: 7, beforeLine: () => undefined, handlers: [7],
  maxBytes: 'x', keepForMs: 'x', root: 7, console: 'json', level: 'loud', serializers: 7,
})
`

const service = `
import { createServer } from 'node:http'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/adapters/node/node.js'
`

const rest = `
const logs = defineLogs({ files: false, loggers: { requests: { console: false } }, root: { console: false } })
const authorize = ({ account, user, roles }) => (roles.includes('admin') ? 'all' : account === undefined ? false : 'account')
const open = createSpoor({ service: 'open', logs, inspector: { authorize }, tracking: {}, requestId: {}, errors: {} })
const bare = createSpoor({ service: 'bare', logs })
const seen = ({ account, user, roles, requestId, id, parentId, trace, name }) =>
  ({ account, user, roles, trace, name, isOwnId: requestId === id, hasParent: parentId !== undefined })
const handler = (spoor) => (request, response) => {
  const context = spoor.context()
  if (request.url === '/throw') throw new Error('inside')
  if (request.url === '/refuse') throw Object.assign(new Error('inside'), { status: 403 })
  if (request.url === '/switch') spoor.identify({ account: 'other' }, {})
  const carried = { v: 1, id: 'job-1' }
  logs.root.child({ a: 1 }).info('quiet')
  response.end(JSON.stringify([
    seen(context),
    spoor.run({}, () => seen(spoor.context())),
    spoor.runChild(carried, {}, () => seen(spoor.context())),
  ]))
}
const who = { nobody: undefined, empty: {}, ann: { account: 'acme', user: 'ann' }, admin: { user: 'eve', roles: ['admin'] } }
const account = (request) => who[request.headers['x-who']]
const ports = []
for (const [spoor, mount] of [[open, { inspector: '/_spoor' }], [bare, {}]]) {
  const server = createServer(spoorNode(spoor, { account, handler: handler(spoor), ...mount }))
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  ports.push(server.address().port)
}
process.stdout.write(ports.join() + '\\n')
process.stdin.resume().on('end', () => process.exit())
`

const paths = ['/', '/throw', '/refuse', '/switch', '/_spoor/api/requests', '/_spoor/api/health']

/** What the service answers to everybody's requests, in a process of its own. */
async function answersOf(source: string): Promise<unknown[]> {
  const program = startProgram(source)
  onTestFinished(() => void program.kill())
  let complaints = ''
  program.stderr?.setEncoding('utf8').on('data', (text) => {
    complaints += text
  })
  const [first] = await Promise.race([
    once(program.stdout as NonNullable<typeof program.stdout>, 'data'),
    once(program, 'exit').then(() => expect.unreachable(complaints)),
  ])
  const answers: unknown[] = []
  for (const port of String(first).trim().split(',')) {
    for (const path of paths) {
      for (const who of ['nobody', 'empty', 'ann', 'admin']) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-who': who } })
        const id = answer.headers.get('x-request-id') ?? ''
        const names = [...answer.headers.keys()].join()
        const body = (await answer.text()).replaceAll(id, 'ID')
        answers.push([path, who, answer.status, names, path.endsWith('health') ? '' : withoutIds(body)])
      }
    }
  }
  program.stdin?.end()
  return answers
}

/** A list of requests without ids, times, sizes and estimates, which need a window; other answers as they are. */
function withoutIds(body: string): unknown {
  if (!body.startsWith('{"items":')) return body
  const { items } = JSON.parse(body) as { items: Record<string, unknown>[] }
  return items.map((item) => {
    const { kind, account, user, method, path, status, error, measured } = item
    return [
      Object.keys(item).filter((name) => name !== 'cpuEstimate'),
      kind,
      account,
      user,
      method,
      path,
      status,
      error,
      measured,
    ]
  })
}

test('members of Object.prototype give no account, role or view, and change no response', async () => {
  const clean = await answersOf(service + rest)
  const polluted = await answersOf(service + pollution + rest)
  expect(polluted).toEqual(clean)
  const text = JSON.stringify(polluted)
  for (const word of ['globex', 'polluted', 'root']) expect(text).not.toContain(word)
  expect(clean).toContainEqual(['/_spoor/api/requests', 'nobody', 401, expect.anything(), expect.anything()])
})

/** What a service logs of a request, its errors and a job, while `name` on Object.prototype is `value`. */
async function linesWith(name: string, value: string): Promise<string[]> {
  const folder = temporaryFolder()
  const { stderr } = await runProgram(
    `
    import { once } from 'node:events'
    import { createServer, get } from 'node:http'
    import { createSpoor, defineLogs } from 'spoor'
    import { spoorNode } from 'spoor/adapters/node/node.js'
    const logs = defineLogs({
      directory: process.env.LOGS,
      root: { console: false },
      loggers: { a: { file: 'a.log', console: false }, requests: { console: false } },
    })
    const spoor = createSpoor({ service: 'open', logs })
    const listener = spoorNode(spoor, {
      handler(request, response) {
        const log = logs.get('a')
        log.info({ error: new Error('failed'), req: request, res: response }, 'fields')
        log.info({ get err() { throw new Error('unreadable') } }, 'a getter')
        log.child({ child: true }).info('of a child')
        log.child({ z: 1 }, { serializers: { z: () => 2 } }).info({ z: 3 }, 'serialised')
        spoor.runChild(spoor.carry(), {}, () => log.info('of a job'))
        response.writeHead(200, ['x-a', '1']).end()
      },
    })
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    Object.prototype['${name}'] = ${value}
    const [response] = await once(get({ port: server.address().port, agent: false }), 'response')
    response.resume()
    await once(response, 'close')
    delete Object.prototype['${name}']
    server.close()
    await spoor.close()
    await logs.close()`,
    { env: { LOGS: folder } },
  )
  expect(stderr).toBe('')
  return ['a.log', 'requests.jsonl'].flatMap((file) => linesOf(folder, file).map(withoutChance))
}

// Ids, times and ports.
function withoutChance(line: string): string {
  return line
    .replace(/"stack":"[^"]*"/, '')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g, 'ID')
    .replace(/\d+/g, 'N')
    .replace(/N(?:[.:-]N)+/g, 'N')
}

test('lines are the same whatever Object.prototype holds: accessors, levels, statuses, names of members', async () => {
  const clean = await linesWith('polluted', 'undefined')
  expect(clean.length).toBe(7)
  const members = [
    ['get', '() => "polluted"'],
    ['set', '() => {}'],
    ['value', '"polluted"'],
    ['writable', 'true'],
    ['level', '"silent"'],
    ['status', '503'],
    ['name', '"polluted"'],
    ['code', '"polluted"'],
    ['origin', '"polluted"'],
    ['polluted', '"polluted"'],
  ] as const
  for (const [name, value] of members) expect([name, ...(await linesWith(name, value))]).toEqual([name, ...clean])
})

test.each(['get', 'set'])('the package loads while Object.prototype has a member named %s', async (name) => {
  const { stdout, stderr } = await runProgram(`
    Object.prototype['${name}'] = () => 'polluted'
    const { createSpoor, defineLogs } = await import('spoor')
    await import('spoor/adapters/node/node.js')
    const spoor = createSpoor({ service: 'open', logs: defineLogs({ files: false, loggers: {} }) })
    await spoor.close()
    delete Object.prototype['${name}']
    console.log('loaded')`)
  expect(stderr).toBe('')
  expect(stdout).toContain('loaded')
})
