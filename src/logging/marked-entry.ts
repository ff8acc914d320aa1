import { wroteUnknown } from '../context/known-context.js'
import { EncodedEntry } from './encoded-entry.js'
import type { Entry } from './entry.js'

/** The entry of code that runs in the context of a request to which it does not belong. */
export function unknownEntry(entry: Entry): Entry {
  wroteUnknown()
  return marked(entry, { contextUnknown: true })
}

/** The entry of a line that was kept until the end of its request. @param leftOut how many earlier lines were not kept */
export function lateEntry(entry: Entry, leftOut: number): Entry {
  return marked(entry, leftOut === 0 ? { late: true } : { late: true, lateLeftOut: leftOut })
}

/** The entry with fields of Spoor: first, so that a long line keeps them, and over fields of these names. */
function marked(entry: Entry, marks: Entry['fields']): Entry {
  const { time, level, logger, message, fields } = entry instanceof EncodedEntry ? entry.plain() : entry
  return { time, level, logger, message, fields: Object.assign({ ...marks }, fields, marks) }
}
