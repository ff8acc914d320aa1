// Requests that fail in the service, each in another way, and bytes that are not a request at all.
import { head, onConnection } from '../raw-connection.mjs'

const token = 'acme-user'
/** Method, path, the expected status, and what else is sent. @type {[string, string, number, { token?: string, body?: string }?][]} */
const failures = [
  ['GET', '/api/v1/fail?how=throw', 500],
  ['GET', '/api/v1/fail?how=reject', 500],
  ['GET', '/api/v1/fail?how=string', 500],
  ['GET', '/api/v1/fail?how=500', 500],
  ['GET', '/api/v1/fail?how=404', 404],
  ['GET', '/api/v1/nothing-here', 404],
  ['GET', '/api/v1/work?cpuMs=soon', 400],
  ['POST', '/api/v1/publish', 400, { token, body: '{"title":' }],
  ['POST', '/api/v1/publish', 400, { token, body: '{"title":""}' }],
  ['POST', '/api/v1/publish', 401, { body: '{"title":"x"}' }],
  ['POST', '/api/v1/publish', 502, { token, body: '{"title":"[broken] x","content":"x"}' }],
  ['POST', '/api/v1/webhooks/wordpress', 401, { body: '{}' }],
]

export function failing(clients) {
  let n = 0
  return async () => {
    const [method, path, status, options] = failures[n++ % failures.length]
    const answer = await clients.ask('failing', method, path, options)
    if (answer !== undefined && answer.status !== status) {
      clients.book.fail(`failing: ${method} ${path} was answered with ${answer.status}, not ${status}`)
    }
  }
}

/** The response is cut off by the service, after its status line. */
export function cutOff(clients) {
  return async () => {
    const { book } = clients
    const id = book.open({ kind: 'cut off' })
    const status = await onConnection(clients, async (connection) => {
      await connection.send(head('GET', '/api/v1/fail?how=late', { 'x-request-id': id }))
      const [, said] = (await connection.receive(/^HTTP\/1\.1 (\d{3})/)) ?? []
      await connection.closed()
      return said
    })
    if (status === undefined) book.fail('cut off: there was no status line')
    else book.answered(id, Number(status))
  }
}

const garbage = [
  ['GET / HTTP/1.1\r\nhost: a\r\nbroken header\r\n\r\n', 400],
  ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello over TLS\r\n\r\n', 400],
  [`GET / HTTP/1.1\r\nhost: a\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['POST / HTTP/1.1\r\nhost: a\r\ncontent-length: many\r\n\r\n', 400],
]

export function malformed(clients) {
  let n = 0
  return async () => {
    const [bytes, status] = garbage[n++ % garbage.length]
    const answer = await onConnection(clients, async (connection) => {
      await connection.send(bytes)
      return connection.response()
    })
    if (answer?.status !== status) clients.book.fail(`malformed: answered with ${answer?.status}, not ${status}`)
    if (answer?.id !== undefined) clients.book.refused.add(answer.id)
  }
}
