import { errorMonitor } from 'node:events'
import { types } from 'node:util'
import { isPromise } from '../process/promises.js'
import type { OpenQuery } from './open-query.js'
import { reportFault } from './registry.js'

/**
 * Ends `open` when a generator or a stream ends: at its last value, at an error, or when the caller stops early (`return`,
 * `destroy`). The caller uses the same object as without Spoor.
 *
 * @returns false for all other values. They have ended already
 */
export function endsLater(value: unknown, open: OpenQuery): boolean {
  if (typeof value !== 'object' || value === null) return false
  // Reading or changing an object of the service may throw.
  try {
    if (types.isGeneratorObject(value)) return endWithGenerator(value as unknown as Methods, open)
    return isStream(value) && endWithStream(value, open)
  } catch (error) {
    reportFault(error)
    return false
  }
}

type Methods = Record<'next' | 'return' | 'throw', (...args: unknown[]) => unknown>

function endWithGenerator(generator: Methods, open: OpenQuery): boolean {
  if (!Object.isExtensible(generator)) return false
  for (const name of ['next', 'return', 'throw'] as const) {
    const below = generator[name]
    const value = function (this: unknown, ...args: unknown[]): unknown {
      return stepped(() => Reflect.apply(below, this, args), open)
    }
    Object.defineProperty(generator, name, { value, configurable: true, writable: true })
  }
  return true
}

/** Makes one step. The step of an async generator is a promise. */
function stepped(step: () => unknown, open: OpenQuery): unknown {
  const failed = (error: unknown): never => {
    open.fail(error)
    throw error
  }
  const made = (result: unknown): unknown => {
    if ((result as { done?: unknown }).done === true) open.finish()
    return result
  }
  let result: unknown
  try {
    result = step()
  } catch (error) {
    return failed(error)
  }
  return isPromise(result) ? result.then(made, failed) : made(result)
}

interface Stream {
  once(event: string | symbol, listener: (error?: unknown) => void): unknown
  readonly destroyed: boolean
  readonly readableEnded: boolean
}

/** True for a readable stream of Node that has not ended. */
function isStream(value: object): value is Stream {
  const { once, destroy, destroyed, readableEnded } = value as { [name in keyof Stream | 'destroy']?: unknown }
  return typeof once === 'function' && typeof destroy === 'function' && destroyed === false && readableEnded === false
}

function endWithStream(stream: Stream, open: OpenQuery): boolean {
  stream.once('end', () => open.finish())
  stream.once('close', () => open.finish())
  // A listener of `error` would hide an error that nothing handles.
  stream.once(errorMonitor, (error) => open.fail(error))
  return true
}
