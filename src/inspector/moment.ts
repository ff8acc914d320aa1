// RFC 3339's profile of ISO 8601, the seconds and what is below them optional; a date alone is its beginning in UTC.
const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/

/**
 * Parses ISO 8601 with a zone, or ms since the epoch, to ms since the epoch. Undefined for other texts. A time without a
 * zone is refused: the reader does not know the server's zone.
 */
export function momentOf(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  // In a query `+` means a space, and few callers write %2B.
  const written = text.replace(/ (?=\d\d:\d\d$)/, '+')
  const time = isoTime.test(written) ? Date.parse(written) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
