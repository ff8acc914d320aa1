// Redis as a target of bench:fleet. Each instance has its own client and store, and its own place in the list of processes.
import { Redis } from 'ioredis'
import { redisRecords } from '../../dist/redis.js'
import { infoOf, startRedis } from '../load/redis.mjs'
import { processUse } from './use.mjs'

/** What one Redis may use: the record store has `maxBytes` for its records, and Redis twice that for all. */
const maxBytes = 256 * 2 ** 20
const maxMemory = 2 * maxBytes

export async function startTarget() {
  const redis = startRedis()
  const client = new Redis(redis.url)
  await client.config('SET', 'maxmemory', String(maxMemory))
  const maxClients = Number((await client.config('GET', 'maxclients'))[1])
  return {
    address: redis.url,
    use: async () => {
      const info = await infoOf(client)
      const [records, bytes] = [await client.zcard('{spoor}:order'), await client.hget('{spoor}:sums', 'bytes')]
      return {
        ...processUse(redis.pid),
        commands: Number(info.total_commands_processed),
        scripts: Number(/calls=(\d+)/.exec(info.cmdstat_evalsha ?? '')?.[1] ?? 0),
        networkBytes: Number(info.total_net_input_bytes),
        storedBytes: Number(info.used_memory),
        connections: Number(info.connected_clients),
        records,
        recordBytes: Number(bytes ?? 0),
        evicted: Number((await client.hget('{spoor}:sums', 'evicted')) ?? 0),
      }
    },
    limits: { cores: 1, storedBytes: maxMemory, connections: maxClients },
    stop: () => {
      client.disconnect()
      redis.stop()
    },
  }
}

/** An instance of a service, as one process of a fleet has it. */
export function openInstance(address, name) {
  const client = new Redis(address)
  client.on('error', () => {})
  const store = redisRecords({ client, maxBytes })
  const facts = { instance: name, service: 'fleet', node: process.version, startedAt: new Date().toISOString() }
  return {
    record: (record) => store.put(record),
    lines: () => {},
    beat: (open) => store.live.beat(facts, open),
    /** Rejects, or resolves late, if the target does not keep up. */
    settled: () => store.health(),
    close: async () => {
      await store.close()
      client.disconnect()
    },
  }
}
