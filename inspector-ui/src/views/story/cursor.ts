import { route, setQuery } from '../../state/route.js'
import { computed, signal } from '../../state/signal.js'
import type { Interval } from './layout/intervals.js'
import { numberOf, windowOf } from './layout/shown-window.js'

/** The moment under the pointer, in ms after the start. */
export const hovered = signal<number | undefined>(undefined)

/** The moment that is pinned into the URL. */
export const pinned = computed(() => numberOf(route.value.query.get('at')))

/** The moment of the crosshair. */
export const shownAt = computed(() => hovered.value ?? pinned.value)

/** The window that the reader zoomed into; undefined: all of the first view. */
export const zoom = computed(() => windowOf(route.value.query.get('zoom')))

/** Pins a moment into the URL; undefined takes the pin away. */
export function pin(at: number | undefined): void {
  setQuery({ at: at === undefined ? undefined : String(Math.round(at * 100) / 100) })
}

/** Shows a window of time; undefined shows all. */
export function zoomTo(shown: Interval | undefined): void {
  const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000
  setQuery({ zoom: shown === undefined ? undefined : `${rounded(shown.from)}..${rounded(shown.to)}` })
}
