// Servers in processes of their own, all on core 0, the load on core 1. Each tells its port when it is ready, answers
// `cpu` with what it has used, and ends on `stop`.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { keepAwake, pin } from '../cores.mjs'

pin(process.pid, 1)
keepAwake(1)

/** Starts `program NAME DIRECTORY` under `node`. */
export async function start(program, node, name) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
  const child = fork(program, [name, directory], { execPath: node, execArgv: [], stdio })
  const [{ port }] = await once(child, 'message')
  pin(child.pid, 0)
  return { name, child, directory, port, url: `http://127.0.0.1:${port}` }
}

/** Sends `amount` requests over 20 connections. */
export async function burst(server, path, amount) {
  const before = await ask(server, 'cpu')
  const result = await autocannon({
    url: server.url + path,
    amount,
    connections: 20,
    headers: { authorization: 'x' },
  })
  const cpuUs = ((await ask(server, 'cpu')) - before) / result['2xx']
  return { cpuUs, perSecond: result.requests.average, p99: result.latency.p99 }
}

/** Asks a server something. */
export async function ask({ child }, question) {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer
}

export async function stop({ child, directory }) {
  child.send('stop')
  await once(child, 'exit')
  rmSync(directory, { recursive: true, force: true })
}
