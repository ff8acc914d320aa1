import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { oncePerProcess } from './once.js'

/** Called with an error that nothing catches. */
export type UncaughtTask = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => void

/** Called for each request of one server, before any listener of the server. */
export type RequestStart = (request: IncomingMessage, response: ServerResponse) => void

/** The listeners of the process and who asked for them. */
interface ProcessHooks {
  readonly exitTasks: Set<() => void>
  exiting: boolean
  onExit: (() => void) | undefined
  /** By owner, each with the number of its users. */
  readonly uncaughtTasks: Map<object, { readonly task: UncaughtTask; users: number }>
  onUncaught: UncaughtTask | undefined
  readonly requestStarts: WeakMap<Server, RequestStart>
  watchedServers: number
  onRequestStart: ((message: unknown) => void) | undefined
  readonly callWatchers: Set<object>
  stopWatchingCalls: (() => void) | undefined
}

// 0.1 has the same shape under this key. With a key of its own, each version would count every outgoing call.
export const hooks: ProcessHooks = oncePerProcess('process-hooks.1', () => ({
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
}))
