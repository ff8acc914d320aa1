// A process of bench:fleet that plays instances of a service: node worker.mjs TARGET ADDRESS NAME. Gets `{ perSecond, instances }`,
// `settle`, or `stop`. On `settle`, it sends no
// more, and answers when all is stored.
import { openInstance as clickhouse } from './clickhouse-target.mjs'
import { openInstance as redis } from './redis-target.mjs'
import { recordAt } from './traffic.mjs'

const [target, address, name] = process.argv.slice(2)
const open = { redis, clickhouse }[target]
const stepMs = 10
const beatMs = 1_000
/** Open requests that an instance tells of. */
const openEach = 20

const instances = []
let perSecond = 0
let due = 0
let sent = 0
let failed = 0

// By the clock: on a full machine, timers are late.
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  due += (perSecond * (now - last)) / 1_000
  last = now
  for (; due >= 1; due--) send()
}, stepMs)
setInterval(() => {
  for (const { beat } of instances) void beat(openRequests()).catch(() => failed++)
}, beatMs)

process.once('disconnect', () => process.exit(1))
process.on('message', async (message) => {
  if (message === 'settle') {
    perSecond = 0
    const settled = await Promise.allSettled(instances.map((one) => one.settled()))
    failed += settled.filter(({ status }) => status === 'rejected').length
    process.send({ sent, failed })
  } else if (message === 'stop') {
    perSecond = 0
    await Promise.allSettled(instances.map((one) => one.close()))
    process.exit(0)
  } else {
    while (instances.length < message.instances) instances.push(await open(address, `${name}:${instances.length}`))
    perSecond = message.perSecond
    process.send('ready')
  }
})

function send() {
  const record = recordAt(sent)
  const instance = instances[sent % instances.length]
  Promise.resolve(instance.record(record)).catch(() => failed++)
  instance.lines(record, sent++)
}

function openRequests() {
  return Array.from({ length: openEach }, () => {
    const { id, requestId, kind, account, user, method, path, startedAt } = recordAt(sent)
    return {
      id,
      requestId,
      kind,
      account,
      user,
      method,
      path,
      startedAt,
      openMs: 1,
      logs: { lines: 1 },
      instance: name,
    }
  })
}
