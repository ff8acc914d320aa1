// Clients of the Redis of BENCH_REDIS_URL, each `{ client, close }`. None ends the process while Redis is away.
const url = process.env.BENCH_REDIS_URL

const clients = {
  ioredis: async () => {
    const { Redis } = await import('ioredis')
    const client = new Redis(url)
    return { client, close: () => client.disconnect() }
  },
  'node-redis': async () => {
    const { createClient } = await import('redis')
    const client = createClient({ url })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

export async function connect(name) {
  const connected = await clients[name]()
  connected.client.on('error', () => {})
  return connected
}
