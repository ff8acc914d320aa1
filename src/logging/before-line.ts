import type { Redaction } from '../safe-values/redaction.js'
import { type Bounds, safeFields, safeText } from '../safe-values/safe-value.js'
import type { Entry } from './entry.js'
import { isLevel, type Level } from './levels.js'

/** Sees every entry before it is formatted: gives it back, changed or not, or undefined to drop it. */
export type BeforeLine = (entry: Entry) => Entry | undefined

/**
 * Asks `beforeLine` about an entry. What it gives is made safe again: redaction is the last step before any output.
 * If it throws, the entry's text and fields are left out, because they may be what it was to take away.
 *
 * @returns undefined for an entry to drop
 */
export function askedBeforeLine(
  entry: Entry,
  beforeLine: BeforeLine,
  redaction: Redaction,
  bounds: Bounds,
): Entry | undefined {
  try {
    const said = beforeLine(entry)
    if (typeof said !== 'object' || said === null) return undefined
    return {
      time: isTime(said.time) ? said.time : entry.time,
      level: isEntryLevel(said.level) ? said.level : entry.level,
      // The logger's name says which file the line is in.
      logger: entry.logger,
      message: safeText(String(said.message), redaction, bounds),
      fields: safeFields(said.fields, redaction, bounds),
    }
  } catch (error) {
    const message = 'beforeLine threw; what this entry said is left out'
    return { ...entry, message, fields: safeFields({ error }, redaction, bounds) }
  }
}

// What Date can hold; a time beyond it throws where the line is made.
const maxTime = 8.64e15

function isTime(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) <= maxTime
}

function isEntryLevel(level: unknown): level is Level {
  return isLevel(level) && level !== 'silent'
}
