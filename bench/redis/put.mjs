// One process that stores records at a rate, in memory and in Redis in turns: node put.mjs CLIENT RECORDS PER_SECOND ROUNDS. Answers
// on stdout, as JSON, what each took in each round: µs of CPU of the process for a record, until Redis has answered.
import { setTimeout as later } from 'node:timers/promises'
import { memoryRecords } from '../../dist/index.js'
import { redisRecords } from '../../dist/redis.js'
import { recordAt } from '../fleet/traffic.mjs'
import { inTurns } from '../report.mjs'
import { connect } from './clients.mjs'

const [client] = process.argv.slice(2)
const [amount, perSecond, rounds] = process.argv.slice(3).map(Number)
const stepMs = 10
const perStep = Math.max(1, Math.round((perSecond * stepMs) / 1_000))
const everyMs = (perStep / perSecond) * 1_000

const connection = await connect(client)
const stores = { memory: memoryRecords(), redis: redisRecords({ client: connection.client }) }

const measured = []
const warmUp = 2
for (let round = -warmUp; round < rounds; round++) {
  const one = {}
  for (const name of inTurns(Object.keys(stores), Math.abs(round))) one[name] = await cpuUsOf(stores[name])
  if (round >= 0) measured.push(one)
}
for (const store of Object.values(stores)) await store.close()
connection.close()
console.log(JSON.stringify(measured))

async function cpuUsOf(store) {
  const records = Array.from({ length: amount }, (_, at) => recordAt(at))
  const before = process.cpuUsage()
  await new Promise((resolve) => {
    let put = 0
    const timer = setInterval(() => {
      for (const to = Math.min(amount, put + perStep); put < to; ) store.put(records[put++])
      if (put < amount) return
      clearInterval(timer)
      resolve()
    }, everyMs)
  })
  // The last ones are written after 50 ms.
  await later(100)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / amount
}
