// The promises of a record store, kept by a real Redis, over both clients. Left out, by name, where Redis is not installed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Ioredis } from 'ioredis'
import { createClient } from 'redis'
import { redisRecords } from 'spoor/redis'
import { afterAll, beforeAll, describe } from 'vitest'
import { available, type Redis, startRedis } from '../e2e/services.js'
import { cases } from './cases.js'
import { storeConformance } from './suite.js'

describe.skipIf(!available('redis'))('in Redis', () => {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-records-'))
  let server: Redis
  let count = 0
  const clients: { close(): unknown }[] = []

  beforeAll(async () => {
    server = await startRedis({ dir })
  })
  afterAll(async () => {
    for (const client of clients) await client.close()
    await server.stop()
    rmSync(dir, { recursive: true })
  })

  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

  storeConformance(
    {
      name: 'redisRecords over ioredis',
      open(size) {
        const client = new Ioredis(server.url)
        clients.push({ close: () => client.disconnect() })
        return { store: redisRecords({ client, prefix: `test-${++count}`, ...size }), pass }
      },
    },
    cases,
  )

  storeConformance(
    {
      name: 'redisRecords over node-redis',
      async open(size) {
        const client = await createClient({ url: server.url }).connect()
        clients.push({ close: () => client.close() })
        return { store: redisRecords({ client, prefix: `test-${++count}`, ...size }), pass }
      },
    },
    cases,
  )
})
