import type { Redaction } from '../safe-values/redaction.js'
import { type Bounds, safeFields, safeText } from '../safe-values/safe-value.js'
import type { Entry } from './entry.js'
import { entryLevel } from './levels.js'

/** Called with every entry before it is formatted. Returns the entry, changed or not, or undefined to drop it. */
export type BeforeLine = (entry: Entry) => Entry | undefined

/**
 * Calls `beforeLine` with an entry. The returned entry is sanitized again, because redaction is the last step before any output.
 * If `beforeLine` throws, the message and the fields are left out: they may contain the very text that it should remove.
 *
 * @returns undefined if the entry is to be dropped
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
      level: entryLevel(said.level) ?? entry.level,
      // The logger's name stays: it says which file the line is in.
      logger: entry.logger,
      message: safeText(String(said.message), redaction, bounds),
      fields: safeFields(said.fields, redaction, bounds),
    }
  } catch (error) {
    const message = 'beforeLine threw; what this entry said is left out'
    return { ...entry, message, fields: safeFields({ error }, redaction, bounds) }
  }
}

// The range of Date, in ms (https://tc39.es/ecma262/#sec-time-values-and-time-range). A formatter throws for a time beyond it.
const maxTime = 8.64e15

function isTime(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) <= maxTime
}
