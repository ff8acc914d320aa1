import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** Told what was thrown while a call was followed. */
export type OnFault = (error: unknown) => void

/** Listens to channels, each by its name. @returns what ends it */
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
 * `listener` such that it never throws: Node makes an uncaught exception of what a channel's listener throws, and a
 * request of the service's (mocked, with getters) may do anything when it is looked at.
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
