// Sends one request to a service with Spoor and to the same service without it, over real sockets.
import { once } from 'node:events'
import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, type Spoor } from 'spoor'
import { expect, onTestFinished } from 'vitest'
import { logsIn } from '../conformance/service.js'
import { linesOf, temporaryFolder } from '../programs/folder.js'

/** What a client sees. */
export interface Seen {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  /** The connection ended in the middle of the response. */
  readonly isCut: boolean
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A service that runs, with the lines that it left. */
export interface Running {
  readonly server: Server
  readonly spoor: Spoor
  ask(path: string, ask?: Ask): Promise<Seen>
  /** The request lines, once there are `count`. */
  requestLines(count: number): Promise<Record<string, unknown>[]>
  /** The lines of the root logger so far. */
  rootLines(): Promise<string[]>
}

/**
 * Starts a service. The test stops it.
 *
 * @param serverOf makes the server, with the Spoor mounted
 * @param attach whether the server is attached
 */
export async function running(serverOf: (spoor: Spoor) => Server, attach = true): Promise<Running> {
  const directory = temporaryFolder()
  const logs = logsIn(directory)
  const spoor = createSpoor({ service: 'compared', logs, inspector: { authorize: () => 'all' } })
  const server = serverOf(spoor)
  if (attach) spoor.attach(server)
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
  })
  const lines = async (file: string): Promise<string[]> => {
    await logs.flush()
    return linesOf(directory, file)
  }
  return {
    server,
    spoor,
    ask: await asking(server),
    requestLines: (count) =>
      until(async () => {
        const all = await lines('requests.jsonl')
        return all.length >= count ? all.map((line) => JSON.parse(line)) : undefined
      }),
    rootLines: () => lines('root.log'),
  }
}

/** Starts a service without Spoor, and returns how it is asked. */
export async function asking(server: Server): Promise<(path: string, ask?: Ask) => Promise<Seen>> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return (path, ask) => answerOf(port, path, ask)
}

function answerOf(port: number, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      let text = ''
      const done = (): void => {
        // Spoor adds the names of its headers to the last one.
        const { date, 'x-request-id': id, 'access-control-expose-headers': names, ...shown } = response.headers
        resolve({ status: response.statusCode, headers: shown, body: text, isCut: !response.complete })
      }
      response.setEncoding('latin1')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', done)
      response.on('error', done)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Expects a failure to be answered in Spoor's shape, without the error's message, and to be on one request line and one other line. */
export async function expectProblem(
  { ask, requestLines, rootLines }: Running,
  path: string,
  status: number,
  members: object,
): Promise<void> {
  const seen = await ask(path)
  expect([seen.status, seen.headers['content-type']]).toEqual([status, 'application/problem+json; charset=utf-8'])
  expect(JSON.parse(seen.body)).toMatchObject({ status, ...members })
  expect(seen.body).not.toContain('secret')
  const [line] = await requestLines(1)
  expect(line).toMatchObject({ status, error: expect.anything() })
  expect(await rootLines()).toHaveLength(1)
}

/** Sends a request and leaves as soon as the server has it. */
export async function leave(server: Server, path: string): Promise<void> {
  const sent = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, agent: false })
  sent.on('error', () => {}).end()
  await once(server, 'request')
  sent.destroy()
}

/** Waits for what `ask` returns. @throws after 20 s */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error('waited 20 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
