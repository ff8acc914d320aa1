// An inspector that is open: what its page asks again and again, its live stream, and a viewer that stops reading.
import { setTimeout as later } from 'node:timers/promises'
import { head, onConnection, RawConnection } from '../raw-connection.mjs'

const questions = [
  'api/requests?limit=50',
  'api/live-requests',
  'api/summary',
  'api/health',
  'api/accounts?span=1h&by=cpu',
  'api/routes?span=10m&by=requests',
  'api/accounting',
  'api/dependencies',
  'api/requests?status=5xx&limit=20',
  'api/logs?limit=50',
  'api/session',
  '',
]

export function readingTheInspector(clients) {
  let n = 0
  return async () => {
    const question = questions[n++ % questions.length]
    try {
      const answer = await clients.read(question)
      if (question === 'api/requests?limit=50') await readOne(clients, answer.items, n)
    } catch (error) {
      clients.book.fail(`inspector: ${error.message}`)
    }
  }
}

/** A request with its lines, of the newest page; its lines are looked for in the files. */
async function readOne(clients, items, n) {
  const { id } = items[n % items.length] ?? {}
  if (id === undefined) return
  await clients.read(`api/requests/${id}`)
  await clients.read(`api/requests/${id}/logs`)
}

/** Reads all lines as they are written, until its end. */
export async function liveViewer(clients) {
  const connection = await new RawConnection(clients).opened()
  await openStream(connection, clients)
  let bytes = 0
  const timer = setInterval(() => {
    bytes += connection.drop()
  }, 500)
  return {
    async close() {
      clearInterval(timer)
      if (connection.isOver) clients.book.fail('inspector: the live stream was closed')
      if (bytes + connection.drop() === 0) clients.book.fail('inspector: nothing came over the live stream')
      connection.destroy()
      await connection.closed()
    },
  }
}

/** Looks at the live stream, stops reading, reads again and leaves. */
export function stallingViewer(clients, { stallMs }) {
  return async () => {
    await onConnection(clients, async (connection) => {
      await openStream(connection, clients)
      connection.pause()
      await later(stallMs)
      connection.resume()
      await later(500)
    })
  }
}

async function openStream(connection, clients) {
  await connection.send(
    head('GET', '/_spoor/api/live', { host: `127.0.0.1:${clients.port}`, authorization: 'Bearer operator' }),
  )
  const [, status] = (await connection.receive(/^HTTP\/1\.1 (\d{3}).*?\r\n\r\n/s)) ?? []
  if (status !== '200') clients.book.fail(`inspector: the live stream was answered with ${status}`)
}
