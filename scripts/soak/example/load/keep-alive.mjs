// A thousand connections that stay open, each with a request now and then.
import { accountOf } from '../http-client.mjs'
import { head, RawConnection } from '../raw-connection.mjs'

const tokens = ['acme-user', 'globex-user', 'acme-admin']

/** Opens the connections, some at a time. @returns the load, which uses them in turn, and their end */
export async function keepAlive(clients, count) {
  const connections = []
  let n = 0
  const load = async () => {
    const at = n++ % count
    connections[at] ??= new RawConnection(clients).opened()
    if (await askOn(await connections[at], clients, tokens[n % tokens.length])) return
    clients.book.fail('keep-alive: the service closed the connection')
    connections[at] = undefined
  }
  // Node closes a connection without a request after a minute, so each has one at once.
  while (n < count) await Promise.all(Array.from({ length: 20 }, load))

  const close = async () => {
    const open = await Promise.all(connections.filter(Boolean))
    for (const connection of open) connection.end()
    await Promise.all(open.map((connection) => connection.closed()))
  }
  return { load, close }
}

/** @returns false if there was no answer */
async function askOn(connection, { book }, token) {
  const id = book.open({ kind: 'keep-alive', account: accountOf(token), mayBeMissing: true })
  await connection.send(head('GET', '/api/v1/work', { authorization: `Bearer ${token}`, 'x-request-id': id }))
  const answer = await connection.response()
  if (answer !== undefined) book.answered(id, answer.status, answer.id)
  return answer !== undefined
}
