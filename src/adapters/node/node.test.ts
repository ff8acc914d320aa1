import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2ServerResponse,
  connect as http2Connect,
  type IncomingHttpHeaders,
} from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import express from 'express'
import { createSpoor, defineLogs, type Logger, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { type CapturedLine, captureSpoor } from 'spoor/testing'
import { expect, onTestFinished, test, vi } from 'vitest'

const WAITING = { timeout: 20_000, interval: 10 }

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

interface Service {
  spoor: Spoor
  log: Logger
  /** Sends bytes on a connection of its own and gives what came until the server or we end it. */
  say(bytes: string, until?: RegExp): Promise<string>
  /** Sends bytes and ends our half of the connection. */
  sayAndEnd(bytes: string): Promise<void>
  lines(file: 'root.log' | 'app.log' | 'requests.jsonl', count: number): Promise<Record<string, unknown>[]>
}

async function start(listener: (spoor: Spoor, log: Logger) => Handler): Promise<Service> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-node-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { app: { file: 'app.log', console: false }, requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs })
  const server = createServer(listener(spoor, logs.get('app')))
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  return {
    spoor,
    log: logs.get('app'),
    say: async (bytes, until) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      let said = ''
      socket.setEncoding('utf8').on('data', (text) => {
        said += text
        if (until?.test(said)) socket.destroy()
      })
      socket.on('error', () => {}).write(bytes)
      await once(socket, 'close')
      return said
    },
    sayAndEnd: async (bytes) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.on('error', () => {}).end(bytes)
      socket.resume()
      await once(socket, 'close')
    },
    lines: (file, count) =>
      vi.waitFor(async () => {
        await logs.flush()
        const lines = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')
        if (lines.length < count) throw new Error(`${lines.length} of ${count} lines`)
        return lines.map((line) => JSON.parse(line.slice(line.indexOf('{'))))
      }, WAITING),
  }
}

const node = (handler: (spoor: Spoor, log: Logger) => Handler) => (spoor: Spoor, log: Logger) =>
  spoorNode(spoor, {
    account: (request) => ({ account: String(request.headers['x-account'] ?? 'nobody') }),
    handler: handler(spoor, log),
  }) as Handler

const get = (path: string, account = 'acme'): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Account: ${account}\r\n\r\n`

test('callbacks of informational responses belong to their own request, pipelined too', async () => {
  const service = await start(
    node((_, log) => (request, response) => {
      const end = (): void => void setImmediate(() => response.end(request.url))
      response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => {
        log.info(String(request.url))
        end()
      })
    }),
  )
  await service.say(get('/acme', 'acme') + get('/globex', 'globex') + get('/initech', 'initech'), /\/initech$/)
  const lines = await service.lines('app.log', 3)
  const requests = await service.lines('requests.jsonl', 3)
  const pathOf = new Map(requests.map((line) => [line['requestId'], line['path']]))
  for (const line of lines) expect(pathOf.get(line['requestId'])).toBe(`/${line['account']}`)
})

test('every way of writing the head keeps the id', async () => {
  const service = await start(
    node(() => (request, response) => {
      const forged = { 'X-Request-ID': 'forged', constructor: 'c' }
      const head = response.writeHead as (...args: unknown[]) => ServerResponse
      if (request.url === '/undefined') head.call(response, 200, undefined, forged)
      if (request.url === '/null') head.call(response, 200, null)
      response.end('ok')
    }),
  )
  for (const path of ['/undefined', '/null']) {
    const said = await service.say(get(path), /ok/)
    expect(said).toMatch(/^HTTP\/1.1 200 /)
    expect(said.match(/x-request-id: /gi)).toHaveLength(1)
    expect(said).not.toContain('forged')
    expect(said).not.toContain('native code')
  }
})

test('an error gets a response with any headers set before it', async () => {
  const service = await start(
    node(() => (_, response) => {
      response.setHeader('Trailer', 'X')
      response.setHeader('Transfer-Encoding', 'chunked')
      throw new Error('broken')
    }),
  )
  const said = await service.say(get('/'), /"internal_error"/)
  expect(said).toMatch(/^HTTP\/1.1 500 /)
  expect(said).not.toMatch(/trailer|transfer-encoding/i)
})

test('the end of a request is reported in the context of the request, whichever scope ended it', async () => {
  const service = await start(
    node((spoor, log) => (_, response) => {
      for (const event of ['finish', 'close']) response.on(event, () => log.info(event))
      spoor.run({ account: 'globex' }, () => response.end('ok'))
    }),
  )
  await service.say(get('/', 'acme'), /ok$/)
  const lines = await service.lines('app.log', 2)
  expect(lines.map((line) => line['account'])).toEqual(['acme', 'acme'])
})

test('a response from a job that runs inline does not count as a lost context', async () => {
  const service = await start(
    node((spoor) => (_, response) => {
      spoor.runChild(spoor.carry({ name: 'inline' }), {}, () => response.end('ok'))
    }),
  )
  await service.say(get('/'), /ok$/)
  const lines = await service.lines('requests.jsonl', 2)
  for (const line of lines) expect(line).not.toHaveProperty('contextLost')
})

const bodyParser = (spoor: Spoor): Handler => {
  const s = spoorExpress(spoor)
  const app = express().use(s).use(express.json())
  app.post('/', (request, response) => response.json(request.body)).use(s.errors)
  return app
}

test('a request whose client ends in the middle of the body is aborted, also behind a body parser', async () => {
  const service = await start(bodyParser)
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
  await service.sayAndEnd(`${head}{"a":`)
  expect(await service.lines('requests.jsonl', 1)).toMatchObject([{ aborted: true }])
  expect(await service.lines('root.log', 1)).toHaveLength(1)
})

test("a body that Node's parser rejects is logged once, also behind a body parser", async () => {
  const service = await start(bodyParser)
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  await service.say(`${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`)
  const lines = await service.lines('requests.jsonl', 1)
  expect(lines).toMatchObject([{ status: 400, error: { code: 'HPE_INVALID_CHUNK_SIZE' } }])
  expect(await service.lines('root.log', 1)).toHaveLength(1)
})

test('a warning is written once for its subject, whatever callers send', async () => {
  /** Answers that the test gives, outside every request. */
  const answerElsewhere: (() => void)[] = []
  const service = await start(
    node(() => (_, response) => {
      answerElsewhere.push(() => response.end('ok'))
    }),
  )
  for (const path of ['/a', '/b', '/c']) {
    const said = service.say(get(path), /ok$/)
    await vi.waitFor(() => expect(answerElsewhere).toHaveLength(1), WAITING)
    answerElsewhere.pop()?.()
    await said
  }
  const lines = await service.lines('requests.jsonl', 3)
  expect(lines.map((line) => line['contextLost'])).toEqual([true, true, true])
  expect(await service.lines('root.log', 1)).toHaveLength(1)
})

/** Asks a service over HTTP/2. @returns the status that the client saw, and the request line */
async function askHttp2(
  answer: (response: Http2ServerResponse) => unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; line: CapturedLine | undefined }> {
  const captured = await captureSpoor()
  const handler = (_: unknown, response: unknown): unknown => answer(response as Http2ServerResponse)
  const server = createHttp2Server(spoorNode(captured.spoor, { handler }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = http2Connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    client.destroy()
    server.close()
    await captured.close()
  })
  const stream = client.request(headers).resume()
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  await vi.waitFor(() => expect(captured.lines()).toHaveLength(1), WAITING)
  return { status: Number(head[':status']), line: captured.lines()[0] }
}

test('HTTP/2: a stream that answers HEAD leaves a request line without an error', async () => {
  const { status, line } = await askHttp2(
    (response) => Readable.from(['a', 'b']).pipe(response as unknown as NodeJS.WritableStream),
    { ':method': 'HEAD' },
  )
  expect([status, line?.level]).toEqual([200, 'info'])
  expect(line?.fields).toMatchObject({ method: 'HEAD', status: 200 })
  expect(line?.fields).not.toHaveProperty('aborted')
})

test.each([204, 304])('HTTP/2: the body of a %i is dropped without an error, as over HTTP/1', async (code) => {
  const { status, line } = await askHttp2((response) => {
    response.statusCode = code
    response.end('x')
  })
  expect([status, line?.level]).toEqual([code, 'info'])
  expect(line?.fields).toMatchObject({ status: code })
  expect(line?.fields).not.toHaveProperty('error')
})

test('HTTP/2: a response that the service writes to the stream itself has its own status, and is not aborted', async () => {
  const { status, line } = await askHttp2(({ stream }) => {
    stream.respond({ ':status': 203 })
    stream.end('ok')
  })
  expect(status).toBe(203)
  expect(line?.fields).toMatchObject({ status: 203 })
  expect(line?.fields).not.toHaveProperty('aborted')
})

test('HTTP/2: a stream that the service resets in the middle of its response is aborted', async () => {
  const { line } = await askHttp2(({ stream }) => {
    stream.on('error', () => {})
    stream.respond({ ':status': 203 })
    stream.write('a', () => stream.close())
  })
  expect(line?.fields).toMatchObject({ status: 203, aborted: true })
})
