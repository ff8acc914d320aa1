// What a request leaves behind. V8 collects new objects often and cheaply if few of them are referred to. An object in the old
// generation that is garbage itself counts, too, until the next full collection.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { expect, onTestFinished, test } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void

// Node 20 and 22 keep requests of a plain Express service, too.
const major = Number(process.versions.node.split('.')[0])

/** The bytes that each request left in the old generation. @param atOnce connections */
async function leftByEach(server: Server, requests: number, atOnce: number): Promise<number> {
  const { port } = server.address() as AddressInfo
  const sockets = await Promise.all(
    Array.from({ length: atOnce }, () => {
      return new Promise<Socket>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket))
      })
    }),
  )
  const ask = (socket: Socket): unknown => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const send = (count: number, between: () => void): Promise<void> => {
    let answered = 0
    return new Promise((resolve) => {
      for (const socket of sockets) {
        socket.removeAllListeners('data').on('data', () => {
          answered++
          if (answered % 50 === 0) between()
          if (answered <= count - atOnce) ask(socket)
          if (answered === count) resolve()
        })
        ask(socket)
      }
    })
  }
  const minor = (): void => collect({ type: 'minor' })
  await send(2_000, minor)
  // What is open now grows old.
  await send(200, () => {
    minor()
    minor()
  })
  const before = oldBytes()
  await send(requests, minor)
  for (const socket of sockets) socket.destroy()
  return (oldBytes() - before) / requests
}

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0)
}

test.skipIf(major < 24)('a request that has ended does not survive because of requests before it', async () => {
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'off' } })
  const app = express().use(spoorExpress(spoor))
  app.get('/', (_request, response) => {
    setImmediate(() => response.json({ ok: true }))
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    await spoor.close()
    await logs.close()
  })
  expect(await leftByEach(server, 2_000, 20)).toBeLessThan(1_000)
})
