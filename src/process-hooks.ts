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
  /** By owner, each with the number of those who asked for it. */
  readonly uncaughtTasks: Map<object, { readonly task: UncaughtTask; users: number }>
  onUncaught: UncaughtTask | undefined
  readonly requestStarts: WeakMap<Server, RequestStart>
  watchedServers: number
  onRequestStart: ((message: unknown) => void) | undefined
  readonly callWatchers: Set<object>
  stopWatchingCalls: (() => void) | undefined
}

/** Told what is thrown and caught by nobody. */
export type UncaughtTask = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => void

/** Called for each request of one server, before any listener of the server. */
export type RequestStart = (request: IncomingMessage, response: ServerResponse) => void

// The number rises when the shape changes: copies of different versions then keep hooks of their own.
const key = Symbol.for('spoor.process-hooks.1')
const shared = globalThis as { [key]?: ProcessHooks }

shared[key] ??= {
  exitTasks: new Set(),
  exiting: false,
  onExit: undefined,
  uncaughtTasks: new Map(),
  onUncaught: undefined,
  requestStarts: new WeakMap(),
  watchedServers: 0,
  onRequestStart: undefined,
  callWatchers: new Set(),
  stopWatchingCalls: undefined,
}
const hooks: ProcessHooks = shared[key]

/**
 * The one thing of this name in the process (in a worker thread: in that thread), made by whoever asks first: for what
 * patches Node or must not be done twice. It counts its users and undoes what it did when the last one leaves.
 *
 * @param name with a number that rises when the shape changes: copies of different versions then have their own
 */
export function oncePerProcess<T extends object>(name: string, make: () => T): T {
  const at = Symbol.for(`spoor.${name}`)
  const known = globalThis as { [key: symbol]: T | undefined }
  known[at] ??= make()
  return known[at]
}

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
    // Before the listeners of the service: what one of those throws keeps the others from being called.
    process.prependListener('exit', hooks.onExit)
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

/**
 * Runs `task` when something is thrown or rejected that nobody catches, in the async context it came from (rejections,
 * too: seen on Node 20 to 26). Exit code and default behaviour stay as they are.
 *
 * @param owner for whom: several calls for one owner run one task
 * @returns what takes the task back; the last one takes the listener away
 */
export function atUncaught(owner: object, task: UncaughtTask): () => void {
  const own = hooks.uncaughtTasks.get(owner) ?? { task, users: 0 }
  own.users++
  hooks.uncaughtTasks.set(owner, own)
  if (hooks.onUncaught === undefined) {
    hooks.onUncaught = runUncaughtTasks
    process.on('uncaughtExceptionMonitor', hooks.onUncaught)
  }
  let asked = true
  return () => {
    if (asked && --own.users === 0) hooks.uncaughtTasks.delete(owner)
    asked = false
    if (hooks.uncaughtTasks.size > 0 || hooks.onUncaught === undefined) return
    process.off('uncaughtExceptionMonitor', hooks.onUncaught)
    hooks.onUncaught = undefined
  }
}

function runUncaughtTasks(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  for (const { task } of hooks.uncaughtTasks.values()) task(error, origin)
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

/**
 * Lets `watcher` follow the calls this process makes to other services. The first one installs what they are seen by.
 *
 * @param install subscribes and patches for all watchers there are at each moment, and gives what undoes it
 * @returns what takes the watcher back; the last one undoes what was installed
 */
export function watchCalls<Watcher extends object>(
  watcher: Watcher,
  install: (watchers: ReadonlySet<Watcher>) => () => void,
): () => void {
  hooks.callWatchers.add(watcher)
  hooks.stopWatchingCalls ??= install(hooks.callWatchers as Set<Watcher>)
  return () => {
    if (!hooks.callWatchers.delete(watcher) || hooks.callWatchers.size > 0) return
    hooks.stopWatchingCalls?.()
    hooks.stopWatchingCalls = undefined
  }
}
