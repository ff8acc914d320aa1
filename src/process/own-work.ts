import { oncePerProcess } from './once.js'

const own = oncePerProcess('own-work.1', () => ({ depth: 0 }))

/**
 * Runs `fn`, whose queries are Spoor's own: they are on no request line and in no count. Only what `fn` sends before it returns counts.
 */
export function asOwnWork<T>(fn: () => T): T {
  own.depth++
  try {
    return fn()
  } finally {
    own.depth--
  }
}

/** True while Spoor itself sends a query. */
export function isOwnWork(): boolean {
  return own.depth > 0
}
