type EventMap = WindowEventMap & DocumentEventMap
type Heard = { readonly [Type in keyof EventMap]?: (event: EventMap[Type]) => void }

/**
 * Listens to events of `target` until the function that comes back is called. No listener may prevent what the browser does, so
 * that scrolling need not wait for them.
 */
export function listen(target: EventTarget, heard: Heard): () => void {
  const listeners = Object.entries(heard) as [string, (event: Event) => void][]
  for (const [type, listener] of listeners) target.addEventListener(type, listener, { passive: true })
  return () => {
    for (const [type, listener] of listeners) target.removeEventListener(type, listener)
  }
}

/** One function that calls all of them. */
export function together(undo: readonly (() => void)[]): () => void {
  return () => {
    for (const one of undo) one()
  }
}
