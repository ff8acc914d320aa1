// One process that makes calls in the manner of one stack: node caller.mjs STACK CLIENT PORT DIRECTORY. Answers a number
// with the CPU that so many calls took; ends when its parent lets go of it.
import { stacks } from './stacks.mjs'

const scopesAtOnce = 8
const callsInScope = 10

const [stack, client, port, directory] = process.argv.slice(2)
const { scope, flush, traces } = await stacks[stack](directory, { port })
const { clients } = await import('./clients.mjs')
const call = clients[client]
let made = 0

process.on('message', async (calls) => {
  const before = process.cpuUsage()
  const until = made + calls
  await Promise.all(Array.from({ length: scopesAtOnce }, () => scopesUntil(until)))
  await flush()
  const { user, system } = process.cpuUsage(before)
  process.send({ cpuUs: (user + system) / calls })
})
process.on('disconnect', () => process.exit(0))
process.send('ready')

async function scopesUntil(until) {
  while (made < until) await scope(() => callsOfScope(until))
}

async function callsOfScope(until) {
  for (let calls = 0; calls < callsInScope && made < until; calls++) {
    const { traced } = await call(`http://127.0.0.1:${port}/wp-json/wp/v2/posts/${++made}?context=edit`)
    if (traced !== traces) throw new Error(`${stack}: the call came ${traced ? 'with' : 'without'} traceparent`)
  }
}
