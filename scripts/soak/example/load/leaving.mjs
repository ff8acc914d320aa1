// Clients that go away before their answer, and slow ones.
import { setTimeout as later } from 'node:timers/promises'
import { accountOf } from '../http-client.mjs'
import { head, RawConnection } from '../raw-connection.mjs'

const json = { 'content-type': 'application/json' }
const token = 'acme-user'
const authorization = `Bearer ${token}`

/** Each waits for a sign that the service has its request, so that a line of it is owed. */
const ways = [waitsForWork, inTheBody, beforeTheHeadersEnd, whilePublishing, whilePipelining]

export function leaving(clients) {
  let n = 0
  return () => ways[n++ % ways.length](clients)
}

/** The client leaves while the handler waits. */
async function waitsForWork(clients) {
  const { connection, headers } = await begin(clients, 'leaves while it is worked for')
  await connection.send(head('GET', '/api/v1/work?waitMs=300', headers))
  await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  await later(Math.random() * 200)
  connection.destroy()
  await connection.closed()
}

/** The client announces a body, sends half of it, and leaves. */
async function inTheBody(clients) {
  const { connection, headers } = await begin(clients, 'leaves in its body')
  await connection.send(head('POST', '/api/v1/publish', { ...headers, ...json, 'content-length': '2000' }))
  await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  await connection.send(`{"title":"${'x'.repeat(990)}`)
  connection.destroy()
  await connection.closed()
}

/** No request yet: its line has an id that no client knows. */
async function beforeTheHeadersEnd(clients) {
  clients.book.halves++
  const connection = await new RawConnection(clients).opened()
  await connection.send('GET /api/v1/work HTTP/1.1\r\nhost: a\r\nx-half: 1')
  connection.destroy()
  await connection.closed()
}

/** The post is published all the same. */
async function whilePublishing(clients) {
  const { connection, headers } = await begin(clients, 'leaves while its post is published')
  const body = JSON.stringify({ title: '[slow] A post', content: 'x' })
  await connection.send(head('POST', '/api/v1/publish', { ...headers, ...json, 'content-length': String(body.length) }))
  await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  await connection.send(body)
  await later(100 + Math.random() * 200)
  connection.destroy()
  await connection.closed()
}

/** Three requests at once, one answer; the service may never come to the others. */
async function whilePipelining(clients) {
  const { book } = clients
  const connection = await new RawConnection(clients).opened()
  const ids = Array.from({ length: 3 }, () =>
    book.open({ kind: 'pipelined', account: accountOf(token), mayBeMissing: true }),
  )
  const requests = ids.map((id) => head('GET', '/api/v1/work?waitMs=50', { authorization, 'x-request-id': id }))
  await connection.send(requests.join(''))
  const first = await connection.response()
  if (first === undefined) book.fail('pipelined: the first request got no answer')
  else book.answered(ids[0], first.status, first.id)
  connection.destroy()
  await connection.closed()
}

async function begin(clients, kind) {
  const id = clients.book.open({ kind, account: accountOf(token) })
  const connection = await new RawConnection(clients).opened()
  return { connection, headers: { authorization, 'x-request-id': id, expect: '100-continue' } }
}

/** Headers and a body that come in pieces over some seconds. */
export function slow(clients, { slowMs }) {
  return async () => {
    const { book } = clients
    const id = book.open({ kind: 'slow', account: accountOf(token) })
    const body = JSON.stringify({ title: 'A slow post', content: 'x'.repeat(400) })
    const headers = { authorization, 'x-request-id': id, ...json, 'content-length': String(body.length) }
    const text = head('POST', '/api/v1/publish', headers) + body
    const connection = await new RawConnection(clients).opened()
    const pieces = 12
    for (let at = 0; at < pieces; at++) {
      const [from, to] = [at, at + 1].map((n) => Math.round((text.length * n) / pieces))
      await connection.send(text.slice(from, to))
      await later(slowMs / pieces)
    }
    const answer = await connection.response()
    if (answer === undefined) book.fail('slow: no answer')
    else book.answered(id, answer.status, answer.id)
    connection.end()
    await connection.closed()
  }
}
