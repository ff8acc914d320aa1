// Connections that leave HTTP: the preload echoes, or refuses.
import { setTimeout as later } from 'node:timers/promises'
import { head, onConnection } from '../raw-connection.mjs'

export function upgrades(clients, { slowMs }) {
  let n = 0
  return async () => {
    const { book } = clients
    const way = n++ % 4
    const path = way === 3 ? '/echo?refuse' : '/echo'
    const id = book.open({ kind: 'upgrade', upgraded: true })
    const status = await onConnection(clients, async (connection) => {
      await connection.send(head('GET', path, { connection: 'Upgrade', upgrade: 'echo', 'x-request-id': id }))
      const [, said] = (await connection.receive(/^HTTP\/1\.1 (\d{3}).*?\r\n\r\n/s)) ?? []
      if (said === '101') await talk(connection, book, slowMs)
      if (way !== 0) await endInTurn(connection)
      return said
    })
    if (status !== (way === 3 ? '403' : '101')) book.fail(`upgrade: ${path} was answered with ${status}`)
    else book.answered(id, Number(status))
  }
}

/** Both sides end; otherwise the client goes away. */
async function endInTurn(connection) {
  connection.end()
  await connection.closed()
}

async function talk(connection, book, ms) {
  for (const message of ['one', 'two', 'three']) {
    await connection.send(`${message}.`)
    if ((await connection.receive(new RegExp(`^${message}\\.`))) === undefined) book.fail('upgrade: no echo')
    await later(ms / 6)
  }
}
