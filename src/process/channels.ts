import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** Called with the error that was thrown while a call was followed. */
export type OnFault = (error: unknown) => void

/** Listens to channels, each by its name. @returns a function that ends it */
export function listen<Message>(
  listeners: Readonly<Record<string, (message: Message) => void>>,
  onFault: OnFault,
): () => void {
  const entries = Object.entries(listeners).map(
    ([name, listener]) => [name, harmless(listener as (message: unknown) => void, onFault)] as const,
  )
  for (const [name, listener] of entries) subscribe(name, listener)
  return () => {
    for (const [name, listener] of entries) unsubscribe(name, listener)
  }
}

/**
 * Makes a listener that never throws: Node turns an error of a channel's listener into an uncaught exception, and a
 * request of the service (mocked, with getters) may throw when it is read.
 */
export function harmless<Args extends unknown[]>(
  listener: (...args: Args) => void,
  onFault: OnFault,
): (...args: Args) => void {
  return (...args) => {
    try {
      listener(...args)
    } catch (error) {
      onFault(error)
    }
  }
}
