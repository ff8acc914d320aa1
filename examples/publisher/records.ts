import { Redis } from 'ioredis'
import type { RecordStore } from 'spoor'
import { redisRecords } from 'spoor/redis'
import { logs } from './logs.js'

/** The records of all processes with the same Redis. */
export interface SharedRecords {
  store: RecordStore
  /** Ends the connection, after the store is closed. */
  disconnect(): void
}

/** Spoor waits for no answer longer than 1 s; the client tries to connect again as often. */
const retryStrategy = (): number => 1_000

/** Keeps records in Redis, so that each process reads those of all and lists what is open in all of them. */
export function recordsInRedis(url: string): SharedRecords {
  const client = new Redis(url, { retryStrategy })
  let isAway = false
  // Without a listener, the client prints every failed attempt to connect.
  client.on('error', (error: Error) => {
    if (!isAway) logs.root.error(error, 'records are kept in this process: %s', error.message)
    isAway = true
  })
  client.on('ready', () => {
    if (isAway) logs.root.info('records are in Redis again')
    isAway = false
  })
  return { store: redisRecords({ client, prefix: 'publisher' }), disconnect: () => client.disconnect() }
}
