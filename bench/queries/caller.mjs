// One process: node caller.mjs STACK CLIENT TARGET QUERIES PAIRS. Sends blocks of queries, in turn without and with the stack,
// and answers the CPU of each pair in µs a query.
import { clients } from './clients.mjs'
import { stacks } from './stacks.mjs'

const scopesAtOnce = 8
const queriesInScope = 10

const [stackName, clientName, target, ...numbers] = process.argv.slice(2)
const [queries, pairs] = numbers.map(Number)
const isCall = clientName.startsWith('follow')
// First the stack: it must see the client's modules when they are loaded.
const stack = await stacks[stackName](clientName)
const bare = await clients[clientName](target)
const followed = stack.follow === undefined || isCall ? bare : await clients[clientName](target)
if (followed !== bare) stack.follow(followed.client)

const measured = []
for (let pair = -warmUps(); pair < pairs; pair++) {
  const one = {}
  for (const name of pair % 2 === 0 ? ['bare', 'followed'] : ['followed', 'bare']) one[name] = await block(name)
  if (pair >= 0) measured.push(one)
}
await bare.close()
if (followed !== bare) await followed.close()
process.send(measured, () => process.exit(0))

// V8 has compiled everything after some thousand queries.
function warmUps() {
  return Math.ceil(10_000 / queries)
}

async function block(name) {
  const isFollowed = name === 'followed'
  if (isFollowed) stack.on()
  try {
    // The first scopes open what the switch closed, and let go of what it left.
    await send(isFollowed, scopesAtOnce * queriesInScope)
    const before = process.cpuUsage()
    await send(isFollowed, queries)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / queries
  } finally {
    if (isFollowed) await stack.off()
  }
}

async function send(isFollowed, amount) {
  const { query } = isFollowed ? followed : bare
  const ask = isFollowed && isCall ? () => stack.query(query) : query
  let sent = 0
  const scopes = async () => {
    while (sent < amount) {
      await stack.scope(async () => {
        for (let n = 0; n < queriesInScope && sent < amount; n++) {
          sent++
          await ask()
        }
      })
    }
  }
  await Promise.all(Array.from({ length: scopesAtOnce }, scopes))
}
