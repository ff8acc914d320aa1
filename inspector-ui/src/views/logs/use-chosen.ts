import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { setQuery } from '../../state/route.js'
import type { LineEntry } from './entries.js'
import type { ListControl } from './lines-list.js'
import type { LinesReader } from './lines-reader.js'

/** The chosen line. It is in the URL by its time. */
export interface Chosen {
  readonly key: number | undefined
  /** Undefined if no line is chosen, or the list does not hold it any more. */
  readonly entry: LineEntry | undefined
  readonly place: number
  readonly choose: (place: number, isCentered?: boolean, hasFocus?: boolean) => void
  readonly clear: () => void
  /** Chooses the line closest to a time. Lines of another time are read first. */
  readonly goTo: (time: number) => void
}

/** @param onRestart reads the lines around the time in the URL */
export function useChosen(
  reader: LinesReader,
  control: RefObject<ListControl>,
  at: number | undefined,
  onRestart: () => void,
): Chosen {
  const [key, setKey] = useState<number>()
  /** The time in the URL that this view wrote itself. */
  const own = useRef(at)
  const { entries } = reader.store
  const place = key === undefined ? -1 : entries.findIndex((entry) => entry.key === key)
  const entry = entries[place]
  const write = (time: number | undefined): void => {
    own.current = time
    setQuery({ at: time === undefined ? undefined : new Date(time).toISOString() })
  }
  const choose = (next: number, isCentered = false, hasFocus = true): void => {
    // Not those of the last drawing: lines may have come since.
    const chosen = reader.store.entries[next]
    if (chosen?.kind !== 'line') return
    setKey(chosen.key)
    write(chosen.at)
    control.current?.reveal(next, isCentered)
    if (hasFocus) control.current?.focus(chosen.key)
  }
  const clear = (): void => {
    setKey(undefined)
    write(undefined)
  }
  const goTo = (time: number): void => {
    const near = reader.placeOf(time)
    if (near !== undefined) choose(near, true, false)
    else {
      write(time)
      onRestart()
    }
  }
  // The line of the URL, once it is there; and when the URL changes.
  useEffect(() => {
    const near = at === undefined || !reader.isReady ? undefined : reader.placeOf(at)
    if (near !== undefined) choose(near, true, false)
  }, [reader.isReady])
  useEffect(() => {
    if (at !== undefined && at !== own.current && reader.isReady) goTo(at)
  }, [at])
  return { key, entry: entry?.kind === 'line' ? entry : undefined, place, choose, clear, goTo }
}
