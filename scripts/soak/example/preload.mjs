// Loaded into the example before its own code: answers figures of the process to the soak, over IPC. It changes two things of
// the service, which the example has no use for: connections stay open for longer, and upgrades are taken.
import { subscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import process from 'node:process'
import { setTimeout as later } from 'node:timers/promises'
import { queryObjects } from 'node:v8'

/** The soak marks its first request with this header, so that the servers of the sandbox sites are left alone. */
const markHeader = 'x-soak'
const keepAliveMs = 300_000

/** Requests that Node itself has seen, beside those of the inspector: counted apart from Spoor. */
const seen = { requests: 0, upgrades: 0 }
const unhandled = []
const warnings = []

// A listener keeps the process alive, so that the soak can say how many there were.
process.on('unhandledRejection', (reason) => unhandled.push(shown(reason)))
process.on('warning', ({ name, message }) => {
  // The census itself.
  if (!message.startsWith('v8.queryObjects()')) warnings.push(`${name}: ${message}`)
})

let server
subscribe('http.server.request.start', (message) => {
  const { request, server: own } = /** @type {any} */ (message)
  if (server === undefined && request.headers[markHeader] !== undefined) mark(own)
  if (own === server && !request.url.startsWith('/_spoor')) seen.requests++
})

function mark(own) {
  server = own
  server.keepAliveTimeout = keepAliveMs
  server.on('upgrade', takeUpgrade)
}

/** Echoes what it gets until the client ends; refuses if the path says so. */
function takeUpgrade(request, socket) {
  seen.upgrades++
  // The client may go away without a word.
  socket.on('error', () => socket.destroy())
  if (request.url.includes('refuse')) {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    return
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
  socket.on('data', (chunk) => socket.write(chunk))
  socket.on('end', () => socket.end())
}

// The soak is gone.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.on('message', async ({ n, what }) => process.send({ n, ...(await figuresOf[what]()) }))

const figuresOf = {
  /** The load is over. The sites keep their connections for their webhooks as long as the soak made the service keep them. */
  async rest() {
    server.closeIdleConnections()
    return {}
  },
  /** Cheap enough for every few seconds. */
  async sample() {
    await collect()
    const { heapUsed, external, rss } = process.memoryUsage()
    return { heapUsed, external, rss, ...open(), ...cpu(), seen, unhandled, warnings }
  },
  /** Walks the whole heap: what is still there, by class. */
  async census() {
    const sample = await figuresOf.sample()
    const objects = { Timeout: count(timeoutClass()), Socket: count(Socket), IncomingMessage: count(IncomingMessage) }
    const all = { ...objects, ServerResponse: count(ServerResponse), Promise: count(Promise) }
    // To walk takes CPU, which the soak compares from one census to the next.
    return { ...sample, objects: all, ...cpu() }
  },
}

async function collect() {
  globalThis.gc()
  // What has a finalizer goes in a second turn.
  await later(0)
  globalThis.gc()
}

function open() {
  const resources = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  return { resources, descriptors: countDescriptors() }
}

function countDescriptors() {
  try {
    // One of them reads the folder.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

/** CPU of the process, and of its main thread with the time it waited for a core, where Linux tells them; in ms. */
function cpu() {
  const { user, system } = process.cpuUsage()
  const [threadCpuMs, coreWaitMs] = ofTheMainThread()
  return { processCpuMs: (user + system) / 1_000, threadCpuMs, coreWaitMs }
}

function ofTheMainThread() {
  try {
    return readFileSync('/proc/self/schedstat', 'utf8')
      .split(' ')
      .map((ns) => Number(ns) / 1e6)
  } catch {
    return []
  }
}

function count(type) {
  return queryObjects(type, { format: 'count' })
}

function timeoutClass() {
  const timer = setTimeout(() => {}, 0)
  clearTimeout(timer)
  return timer.constructor
}

function shown(reason) {
  return reason instanceof Error ? (reason.stack ?? String(reason)) : String(reason)
}
