// A thousand connections that stay open, each with a request now and then.
import { accountOf } from '../http-client.mjs'
import { head, RawConnection } from '../raw-connection.mjs'

const tokens = ['acme-user', 'globex-user', 'acme-admin']

/** Opens the connections, some at a time. @returns the load, which uses them in turn, and their end */
export async function keepAlive(clients, count) {
  const connections = []
  for (let opened = 0; opened < count; opened += 50) {
    const some = Array.from({ length: Math.min(50, count - opened) }, () => new RawConnection(clients).opened())
    connections.push(...(await Promise.all(some)))
  }
  let n = 0
  const load = async () => {
    const at = n++ % count
    const token = tokens[n % tokens.length]
    const { book } = clients
    const id = book.open({ kind: 'keep-alive', account: accountOf(token) })
    const connection = connections[at]
    await connection.send(head('GET', '/api/v1/work', { authorization: `Bearer ${token}`, 'x-request-id': id }))
    const answer = await connection.response()
    if (answer !== undefined) return book.answered(id, answer.status, answer.id)
    book.fail('keep-alive: the service closed the connection')
    connections[at] = await new RawConnection(clients).opened()
  }
  const close = async () => {
    for (const connection of connections) connection.end()
    await Promise.all(connections.map((connection) => connection.closed()))
  }
  return { load, close }
}
