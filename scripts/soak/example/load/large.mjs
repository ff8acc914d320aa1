// Bodies of 5 MB: refused by the parser of the route, refused before it, and ignored by a handler that answers at once.
import { accountOf } from '../http-client.mjs'
import { head, onConnection } from '../raw-connection.mjs'

const bytes = 5 * 2 ** 20
const piece = Buffer.alloc(64 * 1024, 'x')
const token = 'globex-user'

const targets = [
  ['/api/v1/publish', 413, 'known'],
  ['/api/v1/publish', 413, 'chunked'],
  ['/api/v1/nothing-here', 404, 'known'],
  ['/api/v1/export?ms=1', 200, 'chunked'],
  ['/api/v1/webhooks/wordpress', 413, 'chunked'],
]

export function large(clients) {
  let n = 0
  return async () => {
    const [path, status, length] = targets[n++ % targets.length]
    const { book } = clients
    const id = book.open({ kind: 'large', account: accountOf(token) })
    const answer = await onConnection(clients, async (connection) => {
      await connection.send(head('POST', path, headersOf(id, length)))
      await sendBody(connection, length)
      return connection.response()
    })
    if (answer === undefined) book.fail(`large: ${path} (${length}) got no answer`)
    else book.answered(id, answer.status, answer.id)
    if (answer !== undefined && answer.status !== status) book.fail(`large: ${path} was answered with ${answer.status}`)
  }
}

function headersOf(id, length) {
  return {
    authorization: `Bearer ${token}`,
    'x-request-id': id,
    'content-type': 'application/json',
    ...(length === 'known' ? { 'content-length': String(bytes) } : { 'transfer-encoding': 'chunked' }),
  }
}

async function sendBody(connection, length) {
  for (let sent = 0; sent < bytes && !connection.isOver; sent += piece.length) {
    await connection.send(length === 'known' ? piece : chunk)
  }
  if (length === 'chunked' && !connection.isOver) await connection.send('0\r\n\r\n')
}

const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
