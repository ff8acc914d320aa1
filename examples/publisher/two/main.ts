// npm run start:two: two processes of the service behind a balancer, with one Redis, one database and the same sites.
import { type Config, readConfig } from '../config.js'
import { logs } from '../logs.js'
import { sayWhyNot, stopOnSignal } from '../run.js'
import { sayItRuns } from '../start-message.js'
import { type Balancer, startBalancer } from './balancer.js'
import { NoRedis } from './redis.js'
import { startShared } from './shared.js'
import { type StartedProcess, startProcess } from './started-process.js'

/** A little longer than a process has for its requests. */
const PATIENCE_MS = 8_500

const toStop: (() => Promise<unknown>)[] = []
let isStopping = false
const stop = stopOnSignal(stopAll)

try {
  await start(readConfig(process.env))
} catch (error) {
  if (error instanceof NoRedis) console.error(`The publisher cannot start: ${error.message}`)
  else sayWhyNot(error, 'npm run start:two')
  process.exitCode = 1
  await stop()
}

async function start(config: Config): Promise<void> {
  const sharing = startShared(config)
  toStop.push(async () => (await sharing).stop())
  const shared = await sharing
  const starting = [startProcess(shared.env), startProcess(shared.env)]
  toStop.push(() => Promise.allSettled(starting.map(async (process) => (await process).stop())))
  const processes = await Promise.all(starting)
  const balancer = await startBalancer(config.port, config.host, processes)
  toStop.push(() => Promise.all([balancer.close(PATIENCE_MS), ...processes.map((process) => process.stop())]))
  shared.sendWebhooksTo(`${balancer.url}/api/v1/webhooks/wordpress`)
  for (const each of processes) void each.ended.then((how) => goOnWithout(each, how, balancer))
  sayItRuns({ ...shared, url: balancer.url, processes })
}

/** A process that ends is not started again, so that the inspector can be seen to miss it. */
function goOnWithout(ended: StartedProcess, how: number | string, balancer: Balancer): void {
  if (isStopping) return
  const left = balancer.leaveOut(ended)
  logs.root.warn({ process: ended.name, end: how }, 'a process has ended, %d goes on', left)
  if (left > 0) return
  process.exitCode = 1
  void stop()
}

/** In the other order of the start. */
async function stopAll(): Promise<void> {
  isStopping = true
  for (const stop of toStop.reverse()) await stop().catch(() => {})
}
