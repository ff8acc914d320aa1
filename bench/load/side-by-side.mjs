// Servers in processes of their own, all on core 0, the load on core 1. Each tells its port when it is ready, answers
// `cpu` with what it has used, and ends on `stop`.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import autocannon from 'autocannon'
import { keepAwake, pin } from '../cores.mjs'

pin(process.pid, 1)
keepAwake(1)

/** Starts `program NAME DIRECTORY` under `node`. */
export async function start(program, node, name) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
  const child = fork(program, [name, directory], { execPath: node, execArgv: [], stdio })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ${name} ended with ${code} before it listened`)
  })
  const [{ port }] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  pin(child.pid, 0)
  return { name, child, directory, port, url: `http://127.0.0.1:${port}` }
}

// How often autocannon looks whether it is done. By default it looks once a second, and most bursts take 0.2 s.
const sampleInt = 20
// Lets a worker of the server finish what it has.
const shortMs = 50

/**
 * Sends `amount` requests over 20 connections.
 *
 * @param quietMs how long the server has afterwards to finish what it does later
 * @returns `cpuUs`: what the server used since the last burst, so that work after a burst (workers, timers) counts
 */
export async function burst(server, path, amount, quietMs = shortMs) {
  const before = server.counted ?? (await ask(server, 'cpu'))
  const sleep = stayAwake()
  const result = await autocannon({
    url: server.url + path,
    amount,
    connections: 20,
    headers: { authorization: 'x' },
    sampleInt,
  })
  sleep()
  await later(quietMs)
  server.counted = await ask(server, 'cpu')
  const cpuUs = (server.counted - before) / result['2xx']
  return { cpuUs, perSecond: result.requests.average, p99: result.latency.p99 }
}

/**
 * Keeps the event loop of this process turning. If it slept, the next response would have to wake it, and the server would pay
 * the CPU: 10 to 25 µs a request if the server is slower than the load, nothing if it is faster. Clients of a real service are
 * on other machines. @returns what ends it
 */
function stayAwake() {
  let isOver = false
  const turn = () => isOver || setImmediate(turn)
  turn()
  return () => {
    isOver = true
  }
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
