import { once } from 'node:events'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { createSpoor, defineLogs } from 'spoor'
import { type Adapter, adapterOf, type OpenRequest } from 'spoor/adapter'
import { describe, expect, onTestFinished, test } from 'vitest'

function newAdapter(atEnd: (close: () => Promise<void>) => void = onTestFinished): Adapter {
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs })
  atEnd(async () => {
    await spoor.close()
    await logs.close()
  })
  return adapterOf(spoor)
}

/** Calls `fn` with a real request, and returns the result. */
async function withRequest<T>(fn: (request: IncomingMessage, response: ServerResponse) => T): Promise<T> {
  const { promise, resolve, reject } = withResolvers<T>()
  const server = createServer((request, response) => {
    try {
      resolve(fn(request, response))
    } catch (error) {
      reject(error)
    }
    response.socket?.destroy()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  void fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).catch(() => {})
  return promise
}

function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let settle: Pick<ReturnType<typeof withResolvers<T>>, 'resolve' | 'reject'> | undefined
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...(settle as NonNullable<typeof settle>) }
}

describe('adapter.begin', () => {
  const wrappers: [string, (request: IncomingMessage, response: ServerResponse) => [unknown, unknown], string][] = [
    [
      'the request of Fastify',
      (raw, response) => [{ raw, id: 'req-1', headers: raw.headers }, response],
      "expected Node's IncomingMessage, got object; pass request.raw or ctx.req",
    ],
    [
      'the context of Koa',
      (req, res) => [Object.create({ toJSON: () => ({}) }, { req: { value: req }, res: { value: res } }), res],
      "expected Node's IncomingMessage, got object; pass request.raw or ctx.req",
    ],
    [
      'the reply of Fastify',
      (request, raw) => [request, { raw, send: () => {} }],
      "expected Node's ServerResponse, got object; pass reply.raw or ctx.res",
    ],
    ['no request', () => [undefined, undefined], "expected Node's IncomingMessage, got undefined"],
    ['null', () => [null, null], "expected Node's IncomingMessage, got null"],
    ['no response', (request) => [request, undefined], "expected Node's ServerResponse, got undefined"],
  ]
  test.each(wrappers)('refuses %s, and names the object that it needs', async (_, wrap, message) => {
    const adapter = newAdapter()
    await withRequest((request, response) => {
      const [wrapped, reply] = wrap(request, response)
      const begin = (): OpenRequest => adapter.begin(wrapped as IncomingMessage, reply as ServerResponse)
      expect(begin).toThrow(TypeError)
      expect(begin).toThrow(`adapter.begin: ${message}`)
    })
  })

  const throws = {
    get: (): never => {
      throw new Error('changed by the service')
    },
  }
  const states: [string, (request: IncomingMessage) => IncomingMessage][] = [
    ['frozen', (request) => Object.freeze(request)],
    ['without a prototype', (request) => Object.setPrototypeOf(request, null)],
    ['whose `on` is deleted', (request) => Object.assign(request, { on: undefined })],
    ['whose `on` throws', (request) => Object.defineProperty(request, 'on', throws)],
    ['without events', (request) => Object.assign(request, { _events: undefined })],
    ['behind a proxy', (request) => new Proxy(request, {})],
    [
      'behind a proxy that hides its class',
      (request) => new Proxy(request, { getPrototypeOf: throws.get, getOwnPropertyDescriptor: throws.get }),
    ],
    ['that a prototype carries', (request) => Object.create(request)],
  ]
  // Without a connection: Node itself fails when such a request ends. So none of them ends, and closing waits 5 s for each.
  test.concurrent.for(states)("takes Node's request %s", ([, change], { expect, onTestFinished }) => {
    const request = new IncomingMessage(new Socket())
    // Node reads the headers of its own requests before any code of the service.
    const response = new ServerResponse(request)
    const { requestId } = newAdapter(onTestFinished).begin(change(request), response)
    expect(requestId).toMatch(/^[\w-]{8,}$/)
  })
})

describe('a request that has not begun', () => {
  const uses: [string, (adapter: Adapter, open: OpenRequest) => unknown][] = [
    ['run', (adapter, open) => adapter.run(open, () => {})],
    ['resume', (adapter, open) => adapter.resume(open, () => {})],
    ['markMounted', (adapter, open) => adapter.markMounted(open)],
    ['identify', (adapter, open) => adapter.identify(open, () => undefined)],
    ['fail', (adapter, open) => adapter.fail(open, new Error('broken'))],
    ['notFound', (adapter, open) => adapter.notFound(open)],
    ['refuse', (adapter, open) => adapter.refuse(open, { status: 429 })],
  ]
  test.each(uses)('is refused by adapter.%s', (name, use) => {
    const adapter = newAdapter()
    for (const [open, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [{}, 'object'],
    ]) {
      const call = (): unknown => use(adapter, open as OpenRequest)
      expect(call).toThrow(TypeError)
      expect(call).toThrow(`adapter.${name}: expected what adapter.begin returns, got ${got}`)
    }
  })
})
