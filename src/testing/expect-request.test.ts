import type { AssertionError } from 'node:assert'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { Hono } from 'hono'
import { fastifyOptions, spoorFastify } from 'spoor/fastify'
import { spoorHono } from 'spoor/hono'
import { spoorNode } from 'spoor/node'
import { type Capture, type CaptureOptions, captureSpoor, expectRequest } from 'spoor/testing'
import supertest from 'supertest'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runProgram } from '../../test/programs/program.js'

async function capture(options: CaptureOptions<'billing'> = {}): Promise<Capture<'billing'>> {
  const captured = await captureSpoor({ loggers: { billing: {} }, ...options })
  onTestFinished(() => captured.close())
  return captured
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Handler = Parameters<typeof spoorNode>[1]['handler']

function serve({ spoor }: Pick<Capture<never>, 'spoor'>, handler: Handler): Promise<string> {
  return listening(createServer(spoorNode(spoor, { handler })))
}

const hello: Handler = (_, response) => void response.end('hello')

/** The error of an expectation. Fails the test if the expectation is met. */
async function unmet(expectation: PromiseLike<unknown>): Promise<AssertionError> {
  const error = await Promise.resolve(expectation).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Error)
  return error as AssertionError
}

test('resolves with the request, its record and its lines if all expectations are met', async () => {
  const captured = await capture()
  const url = await serve(captured, (_, response) => {
    captured.logs.get('billing').info({ order: 7 }, 'paid')
    response.end('hello')
  })
  const response = await fetch(`${url}/orders`)
  const request = await expectRequest(response)
    .cpuBelow(5_000)
    .callsAtMost(0)
    .queriesAtMost(0)
    .noRepeatedQueries()
    .loggedNothingLike(/password/)
  expect(request.requestId).toBe(response.headers.get('x-request-id'))
  expect(request.record).toMatchObject({ path: '/orders', status: 200 })
  expect(request.lines.map(({ logger }) => logger).slice(0, 2)).toEqual(['billing', 'requests'])
})

test('lists each unmet expectation with its figure and what was found', async () => {
  const captured = await capture()
  const other = await listening(createServer((_, response) => void response.end('[]')))
  const url = await serve(captured, async (_, response) => {
    const { follow, measure } = captured.spoor
    measure('render', () => {
      const until = performance.now() + 30
      while (performance.now() < until);
    })
    for (let id = 0; id < 3; id++) {
      await follow({ system: 'postgresql', text: `SELECT * FROM posts WHERE id = ${id}` }, async () => [])
    }
    await follow({ system: 'postgresql', text: 'SELECT * FROM users' }, async () => [])
    await (await fetch(`${other}/rates`)).text()
    captured.logs.get('billing').info({ Password: 'x' }, 'signed in')
    response.writeHead(201).end()
  })
  const response = await fetch(`${url}/orders?a=1`, { method: 'POST' })
  const { name, message, actual, expected } = await unmet(
    expectRequest(response)
      .cpuBelow(1)
      .callsAtMost(0)
      .queriesAtMost(3)
      .noRepeatedQueries()
      .loggedNothingLike(/passw(or)?d/gi),
  )
  const id = response.headers.get('x-request-id')
  expect(name).toBe('AssertionError')
  expect(message.split('\n')).toEqual([
    `POST /orders 201 (request ${id}): 5 of 5 expectations not met`,
    expect.stringMatching(/^- CPU: expected below 1 ms, got [\d.]+ ms \(durationMs [\d.]+, .*\)$/),
    expect.stringMatching(/^ {4}step render [\d.]+ m?s$/),
    '- calls: expected at most 0, got 1',
    expect.stringMatching(/^ {4}GET 127\.0\.0\.1:\d+\/rates 200 [\d.]+ ms$/),
    '- queries: expected at most 3, got 4',
    expect.stringMatching(/^ {4}3 × SELECT posts \(postgresql, [\d.]+ ms\): SELECT \* FROM posts WHERE id = \?$/),
    expect.stringMatching(/^ {4}1 × SELECT users \(postgresql/),
    '- repeated queries: expected none, got 1',
    expect.stringMatching(/^ {4}3 × SELECT posts/),
    '- lines: expected nothing like /passw(or)?d/gi, got 1',
    '    [INFO] [billing] signed in {"Password":"[redacted]"}',
  ])
  expect(actual).toMatchObject({ calls: 1, queries: 4, cpuMs: expect.any(Number) })
  expect(expected).toMatchObject({ calls: 'at most 0', queries: 'at most 3', cpuMs: 'below 1 ms' })
})

test('has the stack of the test, where the expectation stands', async () => {
  const captured = await capture()
  const url = await serve(captured, hello)
  const { stack } = await unmet(expectRequest(await fetch(url)).cpuBelow(0))
  expect(stack?.split('\n').find((row) => row.startsWith('    at '))).toContain('expect-request.test.ts')
})

test('takes the response of node:http, supertest, Fastify and Hono, and an id', async () => {
  const captured = await capture()
  const url = await serve(captured, hello)
  const ofNode = await new Promise<IncomingMessage>((got) => get(url, (response) => got(response.resume())))
  const ofSupertest = await supertest(url).get('/')
  const app = fastify(fastifyOptions(captured.spoor))
  await app.register(spoorFastify, { spoor: captured.spoor })
  app.get('/', async () => 'hello')
  const ofFastify = await app.inject('/')
  const s = spoorHono(captured.spoor)
  const hono = new Hono()
  hono.use(s)
  hono.get('/', (c) => c.text('hello'))
  const ofHono = await hono.request('/')
  const responses = [ofNode, ofSupertest, ofFastify, ofHono]
  const ids: string[] = []
  for (const response of responses) ids.push((await expectRequest(response).queriesAtMost(0)).requestId)
  expect(new Set(ids).size).toBe(responses.length)
  expect((await expectRequest(ids[0] as string)).requestId).toBe(ids[0])
  await app.close()
})

test("takes a response whose id has the service's own header", async () => {
  const captured = await capture({ requestId: { header: 'X-Correlation-ID' } })
  const url = await serve(captured, hello)
  const response = await fetch(url)
  expect((await expectRequest(response)).requestId).toBe(response.headers.get('x-correlation-id'))
})

test('takes the id of a job', async () => {
  const { spoor } = await capture()
  const carried = spoor.carry({ name: 'mail' })
  const isDone = spoor.runChild(carried, {}, async () => {
    await new Promise(setImmediate)
    await spoor.follow({ system: 'redis', summary: 'GET' }, async () => 1)
  })
  const { message } = await unmet(expectRequest(carried.id).queriesAtMost(0))
  expect(message).toMatch(
    /^job mail \(request .*\): 1 of 1 expectations not met\n- queries: expected at most 0, got 1\n/,
  )
  await isDone
})

test('waits for the end of the request, which comes after its response has begun', async () => {
  const captured = await capture()
  let finish = (): void => {}
  const url = await serve(captured, (_, response) => {
    response.write('begin')
    finish = captured.spoor.bind(() => {
      captured.logs.get('billing').info('at the end')
      response.end()
    })
  })
  const response = await fetch(url)
  const ended = expectRequest(response)
  finish()
  await response.text()
  expect((await ended).lines.map(({ message }) => message)).toContain('at the end')
})

test('says that a request is still open after its time', async () => {
  const captured = await capture()
  const url = await serve(captured, (_, response) => void response.write('begin'))
  const response = await fetch(url)
  const { message } = await unmet(expectRequest(response, { withinMs: 50 }).cpuBelow(50))
  expect(message).toMatch(
    /expected the end of the request .* within 50 ms, but it is still open; read the whole response/,
  )
  await response.body?.cancel()
})

test('says that no capture has seen a request that the service ignores', async () => {
  const captured = await capture({ ignore: () => true })
  const url = await serve(captured, hello)
  const response = await fetch(url)
  await response.text()
  const { message } = await unmet(expectRequest(response, { withinMs: 50 }))
  expect(message).toContain('within 50 ms, but no capture has seen it. The option ignore leaves it out')
})

test('says that the capture was closed while it waited', async () => {
  const captured = await captureSpoor()
  const waiting = unmet(expectRequest('an-unknown-id', { withinMs: 10_000 }))
  await captured.close()
  expect((await waiting).message).toContain('but the capture was closed before; await expectRequest before close()')
})

test('checks a request of a capture that is closed, if the capture is passed', async () => {
  const captured = await captureSpoor()
  const url = await serve(captured, hello)
  const response = await fetch(url)
  await response.text()
  await captured.close()
  expect((await expectRequest(response, { capture: captured })).record).toMatchObject({ status: 200 })
  expect(() => expectRequest(response)).toThrow('expected an open capture, got none')
})

test('finds the figures of a request that was not measured on its line, except its CPU', async () => {
  const captured = await capture({ tracking: { mode: 'off' } })
  const url = await serve(captured, async (_, response) => {
    for (let n = 0; n < 5; n++) {
      await captured.spoor.follow({ system: 'postgresql', text: 'SELECT * FROM posts' }, async () => [])
    }
    response.end()
  })
  const { message } = await unmet(
    expectRequest(await fetch(url))
      .cpuBelow(50)
      .queriesAtMost(4)
      .noRepeatedQueries()
      .callsAtMost(0),
  )
  expect(message.split('\n').slice(1)).toEqual([
    "- CPU: expected below 50 ms, but it was not measured (tracking: { mode: 'all' } measures all)",
    '- queries: expected at most 4, got 5',
    expect.stringMatching(/^ {4}5 × SELECT posts/),
    '- repeated queries: expected none, got 1',
    expect.stringMatching(/^ {4}5 × SELECT posts/),
  ])
})

test('asks for the capture if two have a request of this id', async () => {
  const [one, two] = [await capture(), await capture()]
  for (const { spoor } of [one, two]) {
    spoor.runChild({ id: 'shared' } as never, {}, () => {})
  }
  const id = one.records()[0]?.requestId as string
  const carried = { ...one.spoor.carry({ name: 'mail' }) }
  for (const { spoor } of [one, two]) spoor.runChild(carried, {}, () => {})
  expect((await expectRequest(id)).requestId).toBe(id)
  const { message } = await unmet(expectRequest(carried.id))
  expect(message).toContain(`expected the request ${carried.id} in one capture, got 2; pass the capture`)
  expect((await expectRequest(carried.id, { capture: two })).record).toMatchObject({ name: 'mail' })
})

test.each([
  [undefined, 'expected a response or a request id, got undefined'],
  [{}, 'expected a response or a request id, got'],
  [Promise.resolve({}), 'expected a response, got a promise; write expectRequest(await …)'],
  [
    new Response('hello'),
    "expected the header X-Request-ID in the response, got none; mount the adapter with the capture's spoor",
  ],
  [{ headers: {} }, 'expected the header X-Request-ID'],
])('refuses %s', async (response, message) => {
  await capture()
  expect(() => expectRequest(response as never)).toThrow(message)
})

test('refuses expectations that say nothing, and one that comes after the await', async () => {
  const captured = await capture()
  const expectation = expectRequest(await fetch(await serve(captured, hello)))
  expect(() => expectation.cpuBelow(Number.NaN)).toThrow('cpuBelow: expected a number from 0, got NaN')
  expect(() => expectation.queriesAtMost(-1)).toThrow('queriesAtMost: expected a number from 0, got -1')
  expect(() => expectation.loggedNothingLike('')).toThrow('expected a regular expression or a text')
  await expectation
  expect(() => expectation.callsAtMost(1)).toThrow('expected all expectations in one expression')
})

test('waits in real time while the test has fake timers', async () => {
  const captured = await capture()
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const done = captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => 'done')
  expect(done).toBe('done')
  expect((await expectRequest(captured.records()[0]?.id as string)).record).toMatchObject({ name: 'mail' })
  expect((await unmet(expectRequest('unknown', { withinMs: 50 }))).message).toContain('within 50 ms')
})

test('does not pass silently without await: an unmet expectation ends the process', async () => {
  const { code, stderr } = await runProgram(`
    import { captureSpoor, expectRequest } from 'spoor/testing/testing.js'
    const { spoor, records } = await captureSpoor()
    spoor.runChild(spoor.carry({ name: 'mail' }), {}, () => {})
    expectRequest(records()[0].id).cpuBelow(0)
    setTimeout(() => console.log('passed'), 5_000)
  `)
  expect(code).toBe(1)
  expect(stderr).toContain('job mail (request ')
})
