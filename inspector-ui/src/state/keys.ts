import { useLayoutEffect } from 'preact/hooks'
import { signal } from './signal.js'

/** A key of the page: `j`, `Enter`, `g r` (one after the other). */
export interface Key {
  readonly keys: string
  /** As the list of all keys says it: `move`, `open the story`. */
  readonly does: string
  readonly run: () => void
}

const sets = new Set<readonly Key[]>()
const pageSets = new Set<readonly Key[]>()

/** Whether the list of all keys is shown. */
export const keysShown = signal(false)

/** The keys that act now, those of the view first. */
export function activeKeys(): readonly Key[] {
  return [...[...sets].reverse(), ...pageSets].flat()
}

let first: string | undefined

/**
 * Registers keys while a component is shown.
 *
 * @param of the keys of a view go before those of the page: `Space` shows what waits before it pauses
 */
export function useKeys(keys: readonly Key[], of: 'view' | 'page' = 'view'): void {
  // With the paint, not after it: who sees a button may press its key.
  useLayoutEffect(() => {
    const all = of === 'page' ? pageSets : sets
    all.add(keys)
    return () => {
      all.delete(keys)
    }
  })
}

/** Listens to the keyboard. None of our keys acts while the reader types, or with a modifier. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (isTyping(event.target) && event.key !== 'Escape') return
    const name = nameOf(event)
    const both = first === undefined ? undefined : `${first} ${name}`
    first = undefined
    const keys = activeKeys()
    const key = (both && keys.find((one) => one.keys === both)) || keys.find((one) => one.keys === name)
    if (key !== undefined) {
      // Enter and Space press the button that has the focus, and Enter follows a link.
      if (
        (name === 'Enter' && isIn('a[href]', event.target)) ||
        (/^(?:Enter|Space)$/.test(name) && isIn(buttons, event.target))
      )
        return
      event.preventDefault()
      key.run()
    } else if (keys.some((one) => one.keys.startsWith(`${name} `))) first = name
  })
}

function nameOf({ key }: KeyboardEvent): string {
  return key === ' ' ? 'Space' : key
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

const buttons = 'button, summary, [role="button"], [role="menuitemradio"]'

function isIn(selector: string, target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(selector) !== null
}
