// The tutorial of docs/frameworks/fastify.md: its service answers and logs as the page says.
import { expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.js'
import { linesOf, temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

const blocks = blocksOf('docs/frameworks/fastify.md')

const requests = `
  const base = 'http://127.0.0.1:' + app.server.address().port
  const answers = []
  const headers = { authorization: 'Bearer t0ken' }
  for (const [path, init] of [['/orders/7', { method: 'POST', headers }], ['/stock'], ['/nowhere']]) {
    const response = await fetch(base + path, init)
    answers.push({ status: response.status, id: response.headers.get('x-request-id'), body: await response.json() })
  }
  process.stdout.write('\\nanswers ' + JSON.stringify(answers) + '\\n')
  process.kill(process.pid, 'SIGTERM')
`

test('the service of the tutorial answers and logs as the page says', async () => {
  const [service] = blocks.filter(({ language }) => language === 'js')
  const code = (service?.code ?? '')
    .replace('port: 3000', 'port: 0')
    .replace("'spoor/fastify'", "'spoor/adapters/fastify/fastify.js'")
  const cwd = temporaryFolder()
  const { stdout, stderr, code: exit } = await runProgram(code + requests, { cwd })
  expect([stderr, exit]).toEqual(['', 0])
  const [order, stock, nowhere] = JSON.parse(/^answers (.*)$/m.exec(stdout)?.[1] ?? '[]')
  expect(order).toEqual({ status: 201, id: order.id, body: { id: order.id } })
  const shown = blocks.find(({ code }) => code.startsWith('{"type"'))?.code ?? '{}'
  expect(stock.body).toEqual({ ...JSON.parse(shown), requestId: stock.id })
  expect(nowhere.body).toMatchObject({ status: 404, code: 'not_found', requestId: nowhere.id })

  const [paid] = linesOf(cwd, 'logs', 'billing.log')
  expect(paid).toMatch(
    new RegExp(`paid \\{"logger":"billing","requestId":"${order.id}".*"account":"acme".*"order":"7"\\}`),
  )
  const lines = linesOf(cwd, 'logs', 'requests.jsonl').map((line) => JSON.parse(line))
  expect(lines.filter(({ kind }) => kind === 'request')).toMatchObject([
    { requestId: order.id, account: 'acme', method: 'POST', route: '/orders/:id', status: 201 },
    { requestId: stock.id, route: '/stock', status: 500, error: { message: 'the shelf is locked' } },
    { requestId: nowhere.id, status: 404 },
  ])
  expect(stdout).toContain('order taken')
  expect(stdout).not.toMatch(/incoming request|request completed/)
})
