// Clients that go away before their answer, and slow ones.
import { setTimeout as later } from 'node:timers/promises'
import { accountOf } from '../http-client.mjs'
import { head, onConnection } from '../raw-connection.mjs'

const json = { 'content-type': 'application/json' }
const token = 'acme-user'
const authorization = `Bearer ${token}`
/** The sign that the service has the request, so that a line of it is owed. */
const goOn = /^HTTP\/1\.1 100 Continue\r\n\r\n/

const ways = [waitsForWork, inTheBody, beforeTheHeadersEnd, whilePublishing, whilePipelining]

export function leaving(clients) {
  let n = 0
  return () => ways[n++ % ways.length](clients)
}

/** The client leaves while the handler waits. */
function waitsForWork(clients) {
  return begin(clients, 'leaves while it is worked for', async (connection, headers) => {
    await connection.send(head('GET', '/api/v1/work?waitMs=300', headers))
    await connection.receive(goOn)
    await later(Math.random() * 200)
  })
}

/** The client announces a body, sends half of it, and leaves. */
function inTheBody(clients) {
  return begin(clients, 'leaves in its body', async (connection, headers) => {
    await connection.send(head('POST', '/api/v1/publish', { ...headers, ...json, 'content-length': '2000' }))
    await connection.receive(goOn)
    await connection.send(`{"title":"${'x'.repeat(990)}`)
  })
}

/** No request yet: its line has an id that no client knows. */
function beforeTheHeadersEnd(clients) {
  clients.book.halves++
  return onConnection(clients, (connection) => connection.send('GET /api/v1/work HTTP/1.1\r\nhost: a\r\nx-half: 1'))
}

/** The post is published all the same. */
function whilePublishing(clients) {
  return begin(clients, 'leaves while its post is published', async (connection, headers) => {
    const body = JSON.stringify({ title: '[slow] A post', content: 'x' })
    await connection.send(
      head('POST', '/api/v1/publish', { ...headers, ...json, 'content-length': String(body.length) }),
    )
    await connection.receive(goOn)
    await connection.send(body)
    await later(100 + Math.random() * 200)
  })
}

/** Three requests at once, one answer; the service may never come to the others. */
async function whilePipelining(clients) {
  const { book } = clients
  const asked = { kind: 'pipelined', account: accountOf(token), mayBeMissing: /** @type {const} */ (true) }
  const ids = Array.from({ length: 3 }, () => book.open({ ...asked }))
  const requests = ids.map((id) => head('GET', '/api/v1/work?waitMs=50', { authorization, 'x-request-id': id }))
  const first = await onConnection(clients, async (connection) => {
    await connection.send(requests.join(''))
    return connection.response()
  })
  if (first === undefined) book.fail('pipelined: the first request got no answer')
  else book.answered(ids[0], first.status, first.id)
}

/** The connection ends with `use`. */
async function begin(clients, kind, use) {
  const id = clients.book.open({ kind, account: accountOf(token) })
  const headers = { authorization, 'x-request-id': id, expect: '100-continue' }
  await onConnection(clients, (connection) => use(connection, headers))
}

/** Headers and a body that come in pieces over some seconds. */
export function slow(clients, { slowMs }) {
  return async () => {
    const { book } = clients
    const id = book.open({ kind: 'slow', account: accountOf(token) })
    const body = JSON.stringify({ title: 'A slow post', content: 'x'.repeat(400) })
    const headers = { authorization, 'x-request-id': id, ...json, 'content-length': String(body.length) }
    const text = head('POST', '/api/v1/publish', headers) + body
    const answer = await onConnection(clients, async (connection) => {
      for (const piece of piecesOf(text, 12)) {
        await connection.send(piece)
        await later(slowMs / 12)
      }
      return connection.response()
    })
    if (answer === undefined) book.fail('slow: no answer')
    else book.answered(id, answer.status, answer.id)
  }
}

function piecesOf(text, count) {
  return Array.from({ length: count }, (_, at) => {
    const [from, to] = [at, at + 1].map((n) => Math.round((text.length * n) / count))
    return text.slice(from, to)
  })
}
