import { setEntryMarker } from '../../context/storage.js'
import { oncePerProcess } from '../../process/once.js'
import { cells, Marks } from './marks.js'

/** The marks of this thread, and how many watchdogs use them. */
interface Place {
  marks: Marks | undefined
  users: number
  /** Called when marks come and go. */
  readonly listeners: Set<(marks: Marks | undefined) => void>
}

const place = (): Place =>
  oncePerProcess<Place>('marks.1', () => ({ marks: undefined, users: 0, listeners: new Set() }))

/** Marks who runs in this thread until the last user forgets. All watchdogs of the thread use the same marks. */
export function useMarks(): { marks: Marks; forget: () => void } {
  const here = place()
  if (++here.users === 1) set(here, new Marks())
  let isUsed = true
  return {
    marks: here.marks as Marks,
    forget: () => {
      if (isUsed && --here.users === 0) set(here, undefined)
      isUsed = false
    },
  }
}

/** Gives the marks to the engine while it is on. @returns a function that ends it */
export function followMarks(listener: (marks: Marks | undefined) => void): () => void {
  const { listeners, marks } = place()
  listeners.add(listener)
  listener(marks)
  return () => {
    listeners.delete(listener)
    const { marks: last } = place()
    if (last !== undefined) last.cells[cells.charged] = 0
    listener(undefined)
  }
}

function set(here: Place, marks: Marks | undefined): void {
  here.marks = marks
  setEntryMarker(marks)
  for (const listener of here.listeners) listener(marks)
}
