import { executionAsyncResource } from 'node:async_hooks'
import { oncePerProcess } from '../process/once.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { channelContext, enteredContext, isUnknown, leaveFor, storage, unknownContext } from './storage.js'

/** Hears of code that runs in the context of another request. */
export interface UnknownContextListener {
  /** Code was found in the context of `ended`, which is not known to be its own. Called where that code runs. */
  found(ended: WorkContext): void
  /** A line was written with `contextUnknown`. */
  wrote(): void
}

// Code of one copy of the package may be found by another copy.
const listeners: Set<UnknownContextListener> = oncePerProcess('unknown-context.1', () => new Set())

/** @returns a function that removes `listener` */
export function onUnknownContext(listener: UnknownContextListener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * The context of the code that runs now; undefined outside any, and where the context is that of an ended request to which the code
 * is not known to belong. All ids that leave Spoor (lines, calls, jobs, `spoor.context`) come from here.
 */
export function knownContext(): WorkContext | undefined {
  const context = storage.getStore()
  return context === undefined || context.work.line !== 'written' || isOwn(context) ? context : undefined
}

/**
 * True if the code that runs now belongs to `context`, the current one, which has ended. Otherwise the code leaves the context: all
 * that it still does and starts is unknown, too.
 */
export function isOwn(context: WorkContext): boolean {
  if (isUnknown(context)) return false
  if (!isForeign(context)) return true
  leave(context)
  return false
}

/** True if `knownContext` has found code of an unknown request here. */
export function isContextUnknown(): boolean {
  const context = storage.getStore()
  return context !== undefined && isUnknown(context)
}

/** Leaves `context`, an ended one, because the code has shown that it works for another account. */
export function leaveForeign(context: WorkContext): void {
  if (storage.getStore() === context) leave(context)
}

/** Reports a line with `contextUnknown`. */
export function wroteUnknown(): void {
  for (const listener of listeners) listener.wrote()
}

function leave(context: WorkContext): void {
  leaveFor(unknownContext(makeUnknown))
  for (const listener of listeners) listener.found(context)
}

function makeUnknown(): WorkContext {
  const context = createContext('run')
  // So that one test finds both this and requests that have ended.
  context.work.line = 'written'
  return context
}

/**
 * Late work is called by timers, promises, files, child processes and the answers of its own calls, and that has no limit of time.
 * Two callers are foreign (docs/decisions/0138):
 * - Another request or job that is open calls it within its own turn, through a callback that Spoor did not bind.
 * - A connection calls it. Connections are pooled: each answer comes in the context that opened the connection.
 */
function isForeign(context: WorkContext): boolean {
  const entered = enteredContext()
  if (entered === undefined) return channelContext() !== context && isConnection(executionAsyncResource())
  return entered.work.line !== 'written' && entered.work !== context.work && rootOf(entered) !== rootOf(context)
}

function rootOf(context: WorkContext): object {
  return requestOf(context) ?? context
}

// Node's objects for sockets (20 to 26). Those of HTTP clients and of calls within a connection have other names.
function isConnection(resource: object): boolean {
  const name: unknown = resource.constructor?.name
  return name === 'TCP' || name === 'TLSWrap'
}
