// Requests as well-behaved clients send them.
import { Agent, request as startRequest } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'

/** A machine that other programs use may take that long. */
const maxWaitMs = 120_000

/**
 * Clients of one service, which note in `book` what they asked and got.
 *
 * @param {string} url
 * @param {import('./asked.mjs').Book} book
 */
export function clientsOf(url, book) {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 })
  const { hostname, port } = new URL(url)

  /** Asks, and notes the answer. */
  async function ask(kind, method, path, { token = undefined, headers = {}, body = undefined } = {}) {
    const id = book.open({ kind, account: accountOf(token) })
    const given = { ...headersOf(token, body), ...headers, 'x-request-id': id }
    try {
      const answer = await send(method, path, given, body)
      book.answered(id, answer.status, answer.headers['x-request-id'])
      return answer
    } catch (error) {
      book.fail(`${kind}: ${method} ${path} got no answer (${error.message})`)
      return undefined
    }
  }

  /** Reads the inspector: its requests are not followed, so they stand in no book. */
  async function read(path, token = 'operator') {
    const { status, text } = await send('GET', `/_spoor/${path}`, { ...headersOf(token), 'x-soak': '1' })
    // It answers so on a busy machine.
    if (status === 503) return later(1_000).then(() => read(path, token))
    if (status !== 200) throw new Error(`GET /_spoor/${path} was answered with ${status}: ${text.slice(0, 200)}`)
    return text.startsWith('{') ? JSON.parse(text) : text
  }

  function send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const asking = startRequest({ agent, hostname, port, method, path, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
        response.on('error', reject)
      })
      asking.setTimeout(maxWaitMs, () => asking.destroy(new Error(`no answer within ${maxWaitMs} ms`)))
      asking.on('error', reject)
      asking.end(body)
    })
  }

  return { ask, read, book, hostname, port: Number(port), close: () => agent.destroy() }
}

function headersOf(token, body) {
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  }
}

/** The account that the example finds for a token. */
export function accountOf(token) {
  const [, account] = /^(acme|globex)-/.exec(token ?? '') ?? []
  return account
}
