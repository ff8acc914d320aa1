import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/**
 * What Node makes process-wide, registered once per process whatever the number of instances or copies of this
 * package, and undone when the last user leaves. Nothing else in the package is global, but for the one store of
 * context/storage.ts.
 */
interface ProcessHooks {
  readonly exitTasks: Set<() => void>
  exiting: boolean
  onExit: (() => void) | undefined
  readonly requestStarts: WeakMap<Server, RequestStart>
  watchedServers: number
  onRequestStart: ((message: unknown) => void) | undefined
}

/** Called for each request of one server, before any listener of the server. */
export type RequestStart = (request: IncomingMessage, response: ServerResponse) => void

// The number rises when the shape changes: copies of different versions then keep hooks of their own.
const key = Symbol.for('spoor.process-hooks.1')
const shared = globalThis as { [key]?: ProcessHooks }

shared[key] ??= {
  exitTasks: new Set(),
  exiting: false,
  onExit: undefined,
  requestStarts: new WeakMap(),
  watchedServers: 0,
  onRequestStart: undefined,
}
const hooks: ProcessHooks = shared[key]

/**
 * Runs `task` when the process exits, however it does (`process.exit`, the end of work, an uncaught exception).
 * One `exit` listener serves all: Node warns from the eleventh on (MaxListenersExceededWarning).
 *
 * @returns what takes the task back; the last one takes the listener away
 */
export function atExit(task: () => void): () => void {
  hooks.exitTasks.add(task)
  if (hooks.onExit === undefined) {
    hooks.onExit = runExitTasks
    process.on('exit', hooks.onExit)
  }
  return () => {
    hooks.exitTasks.delete(task)
    if (hooks.exitTasks.size > 0 || hooks.onExit === undefined) return
    process.off('exit', hooks.onExit)
    hooks.onExit = undefined
  }
}

/** True from the first `exit` event on: no callback will run any more, so whatever is left must be done at once. */
export function isExiting(): boolean {
  return hooks.exiting
}

function runExitTasks(): void {
  hooks.exiting = true
  for (const task of hooks.exitTasks) task()
}

const requestStartChannel = 'http.server.request.start'

/**
 * Calls `begin` for each request of `server`, by Node's channel (experimental, but there since Node 18). The channel
 * tells of every server in the process; only those named here are acted on.
 *
 * @returns what ends it; the last one takes the subscription away
 */
export function atRequestStart(server: Server, begin: RequestStart): () => void {
  hooks.requestStarts.set(server, begin)
  hooks.watchedServers++
  if (hooks.onRequestStart === undefined) {
    hooks.onRequestStart = tellServer
    subscribe(requestStartChannel, hooks.onRequestStart)
  }
  return () => {
    if (!hooks.requestStarts.delete(server) || --hooks.watchedServers > 0) return
    // Kept with the hooks: the last one to leave may be another copy of this module than the first one to come.
    if (hooks.onRequestStart !== undefined) unsubscribe(requestStartChannel, hooks.onRequestStart)
    hooks.onRequestStart = undefined
  }
}

function tellServer(message: unknown): void {
  const { request, response, server } = message as {
    request: IncomingMessage
    response: ServerResponse
    server: Server
  }
  hooks.requestStarts.get(server)?.(request, response)
}
