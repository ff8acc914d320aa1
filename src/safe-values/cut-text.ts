import type { Redaction } from './redaction.js'

// A secret that begins before the cut may be known by what stands behind it.
const lookAhead = 1_024

/** The first `most` characters of a text, its secrets replaced, and how long it was. */
export function cutText(text: string, redaction: Redaction, most: number): string {
  const mark = `…[cut: ${text.length} characters]`
  const safe = redaction.text(text.slice(0, most + lookAhead), text.length > most + lookAhead)
  return safe.slice(0, Math.max(0, most - mark.length)) + mark
}
