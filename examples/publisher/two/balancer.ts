import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { addressOf, closeServer, listen } from '../server.js'

/** A process that takes requests. */
export interface Target {
  /** Its name in the inspector, `host:pid`. */
  readonly name: string
  readonly url: string
}

export interface Balancer {
  url: string
  /** No later request goes to this process. Returns how many are left. */
  leaveOut(target: Target): number
  /** Refuses new connections, waits up to `patienceMs` for open requests, then destroys their connections. */
  close(patienceMs: number): Promise<void>
}

/** The header that says which process answered. */
export const SERVED_BY = 'x-served-by'

/** Headers of one connection, not of the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const CONNECT_MS = 2_000

/**
 * Deals the requests out in rounds: each process gets one of a round. Each round has an order of its own, because every
 * publishing is followed by a webhook: in a fixed order, one process would get all posts and the other all webhooks. Bodies stream both ways, and a connection that ends on one side ends on the
 * other. All headers of the caller pass, with its address at the end of `X-Forwarded-For`. There is no upgrade, because
 * the service has none.
 *
 * A request has a connection of its own, so a process that does not accept it has received nothing, and the request goes
 * to the next one, whatever its method. A request that a process has received is never sent twice.
 */
export async function startBalancer(port: number, host: string, targets: readonly Target[]): Promise<Balancer> {
  let left = [...targets]
  let round: Target[] = []

  const server = createServer((req, res) => void balance(req, res))
  await listen(server, port, host)

  async function balance(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (round.length === 0) round = shuffled(left)
    const next = round.shift()
    for (const target of new Set([...(next ? [next] : []), ...left])) {
      const socket = await connected(target)
      if (socket !== undefined) return res.closed ? void socket.destroy() : forward(req, res, target, socket)
    }
    refuse(res, 503, 'No process of the service takes requests.')
  }

  return {
    url: addressOf(server),
    leaveOut(target) {
      left = left.filter((other) => other !== target)
      round = round.filter((other) => other !== target)
      return left.length
    },
    close: (patienceMs) => closeServer(server, patienceMs),
  }
}

function shuffled(targets: readonly Target[]): Target[] {
  return targets
    .map((target) => ({ target, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ target }) => target)
}

/** A connection to the process; undefined if it accepts none. */
function connected({ url }: Target): Promise<Socket | undefined> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: CONNECT_MS })
    const giveUp = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    socket.on('error', giveUp).on('timeout', giveUp)
    socket.on('connect', () => {
      socket.off('error', giveUp).off('timeout', giveUp).setTimeout(0)
      resolve(socket)
    })
  })
}

function forward(req: IncomingMessage, res: ServerResponse, { name }: Target, socket: Socket): void {
  const { method, url: path } = req
  const sent = request({ method, path, headers: requestHeaders(req), createConnection: () => socket })
  sent.on('response', (answer) => {
    res.writeHead(answer.statusCode as number, answer.statusMessage, [...endToEnd(answer), SERVED_BY, name])
    // Before the first byte of the body: the page waits for the head of its event stream.
    res.flushHeaders()
    pipeline(answer, res, () => {})
  })
  // After the head of an answer, its own end says whether it is whole: a process may answer before it has the whole
  // body, and then take no more of it.
  sent.on('error', () => {
    if (!res.headersSent) refuse(res, 502, 'The process of the service that had this request gave no answer.')
  })
  res.on('close', () => sent.destroy())
  req.on('error', () => sent.destroy()).pipe(sent)
}

/** As the caller sent them, in their order and case. */
function requestHeaders(req: IncomingMessage): string[] {
  const headers = endToEnd(req)
  const before = req.headers['x-forwarded-for']
  const withoutOld = pairsOf(headers).filter(([name]) => name.toLowerCase() !== 'x-forwarded-for')
  const addresses = [before, req.socket.remoteAddress].flat().filter((address) => address !== undefined)
  const framing = req.headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked']
  // A process that may close the connection after an early answer resets it, and the answer may be lost.
  return [...withoutOld.flat(), 'x-forwarded-for', addresses.join(', '), ...framing, 'connection', 'keep-alive']
}

function endToEnd({ headers, rawHeaders }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const dropped = new Set([...HOP_BY_HOP, ...named])
  return pairsOf(rawHeaders)
    .filter(([name]) => !dropped.has(name.toLowerCase()))
    .flat()
}

function pairsOf(rawHeaders: string[]): [name: string, value: string][] {
  const names = rawHeaders.filter((_, at) => at % 2 === 0)
  return names.map((name, at) => [name, rawHeaders[2 * at + 1] as string])
}

function refuse(res: ServerResponse, status: number, detail: string): void {
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'retry-after': '1' }
  res.writeHead(status, headers).end(JSON.stringify({ title: 'Service unavailable', status, detail }))
}
