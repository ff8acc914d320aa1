import type { Formatter } from './entry.js'
import type { BufferedHandler } from './line-buffer.js'

/** Hears of every entry that a logger writes, after `beforeLine` and redaction. Must not throw. */
export type EntryListener = (...written: Parameters<Formatter>) => void

// Shared by copies of the package; not part of the public interface.
export const listenKey: unique symbol = Symbol.for('spoor.listen') as typeof listenKey

/** Calls `listener` with every entry of these logs. @returns a function that ends it; undefined for logs of an earlier version */
export function listenToEntries(logs: object, listener: EntryListener): (() => void) | undefined {
  return (logs as { [listenKey]?: (listener: EntryListener) => () => void })[listenKey]?.(listener)
}

/** Adds a listener to each of `lists`, as a handler that writes nothing: without a listener, no line asks for one. */
export function addListener(lists: Iterable<BufferedHandler[]>, listener: EntryListener): () => void {
  const handler: BufferedHandler = {
    format: (...written) => {
      listener(...written)
      return ''
    },
    lines: { add() {} },
    isConsole: false,
    isCustom: true,
  }
  const added = [...lists]
  for (const handlers of added) handlers.push(handler)
  return () => {
    for (const handlers of added) {
      const at = handlers.indexOf(handler)
      if (at >= 0) handlers.splice(at, 1)
    }
  }
}
