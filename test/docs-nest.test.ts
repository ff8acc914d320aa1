// The services of docs/frameworks/nest.md and docs/frameworks/express4.md do what their pages say.
import { transformSync } from 'esbuild'
import { expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.js'
import { linesOf, temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

interface Answer {
  readonly status: number
  readonly id: string
  readonly body: Record<string, unknown>
}

/** Starts a service, asks it for each path, stops it, and reads what it left. */
async function run(code: string, base: string, paths: readonly string[]) {
  const asking = `
    const answers = []
    for (const path of ${JSON.stringify(paths)}) {
      const response = await fetch(${base} + path, { headers: { authorization: 'Bearer t0ken', connection: 'close' } })
      const body = await response.json()
      answers.push({ status: response.status, id: response.headers.get('x-request-id'), body })
    }
    process.stdout.write('\\nanswers ' + JSON.stringify(answers) + '\\n')
    process.kill(process.pid, 'SIGTERM')
  `
  const program = code
    .replace(/listen\(3(000|e3)\)/, "listen(0, '127.0.0.1')")
    .replace(/(['"])spoor\/(\w+)\1/g, "'spoor/adapters/$2/$2.js'")
  const cwd = temporaryFolder()
  const { stdout, stderr, code: exit } = await runProgram(program.replace(/"spoor"/g, "'spoor'") + asking, { cwd })
  expect([stderr, exit]).toEqual(['', 0])
  const answers = JSON.parse(/^answers (.*)$/m.exec(stdout)?.[1] ?? '[]') as Answer[]
  const requests = linesOf(cwd, 'logs', 'requests.jsonl').map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    answers,
    routes: requests.map(({ route, account }) => [route, account]),
    billing: linesOf(cwd, 'logs', 'billing.log'),
    stdout,
  }
}

function serviceOf(page: string): string {
  return blocksOf(page)[0]?.code ?? ''
}

test.each([
  ['Express', (code: string) => code],
  [
    'Fastify',
    (code: string) =>
      `import { FastifyAdapter } from '@nestjs/platform-fastify'\n${code.replace('create(AppModule, {', 'create(AppModule, new FastifyAdapter(), {')}`,
  ],
])('the service of the page on NestJS runs on %s', async (_, change) => {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
  const { code } = transformSync(change(serviceOf('docs/frameworks/nest.md')), { loader: 'ts', tsconfigRaw })
  const paths = ['/orders/7', '/orders/0', '/nowhere']
  const { answers, routes, billing, stdout } = await run(code, '(await app.getUrl())', paths)
  const [found, closed, unknown] = answers as [Answer, Answer, Answer]
  expect(found).toMatchObject({ status: 200, body: { id: '7', requestId: found.id, account: 'acme' } })
  expect(closed).toMatchObject({ status: 403, body: { detail: 'order 0 is closed', requestId: closed.id } })
  expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found', requestId: unknown.id } })
  expect(routes).toEqual([
    ['/orders/:id', 'acme'],
    ['/orders/:id', 'acme'],
    [undefined, 'acme'],
  ])
  expect(billing).toEqual([expect.stringContaining(`"requestId":"${found.id}"`)])
  expect(stdout).toMatch(/"message":"found"|found/)
})

test('the service of the page on Express 4 runs, and answers an async handler that fails', async () => {
  const code = serviceOf('docs/frameworks/express4.md').replace("from 'express'", "from 'express4'")
  const stop = `
    process.once('SIGTERM', () => server.close(async () => { await spoor.close(); await logs.close() }))
    if (!server.listening) await new Promise((listening) => server.once('listening', listening))
  `
  const base = "'http://127.0.0.1:' + server.address().port"
  const { answers, routes } = await run(code + stop, base, ['/t/acme/orders/7', '/t/acme/orders/0', '/nowhere'])
  expect(answers.map(({ status, body }) => [status, body['account'] ?? body['code']])).toEqual([
    [200, 'acme'],
    [500, 'internal_error'],
    [404, 'not_found'],
  ])
  expect(routes).toEqual([
    ['/t/:tenant/orders/:id', 'acme'],
    ['/t/:tenant/orders/:id', 'acme'],
    [undefined, 'acme'],
  ])
})
