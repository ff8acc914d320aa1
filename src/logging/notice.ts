import type { Entry, Formatter } from './entry.js'

/**
 * The line in place of dropped lines.
 *
 * @param base fields of every line
 * @param from when the first line was dropped, in ms since the epoch; `to` is the same for the last one
 */
export function noticeLine(
  format: Formatter,
  logger: string,
  base: Entry['fields'] | undefined,
  lines: number,
  from: number,
  to: number,
): string {
  const [first, last] = [from, to].map((time) => new Date(time).toISOString())
  const what = lines === 1 ? '1 line is' : `${lines} lines are`
  const message = `${what} missing here, from ${first} to ${last}: there was no room to keep them until they could be written`
  const entry: Entry = {
    time: Date.now(),
    level: 'warn',
    logger,
    message,
    fields: { ...base, missing: { lines, from, to } },
  }
  return `${format(entry, undefined)}\n`
}
