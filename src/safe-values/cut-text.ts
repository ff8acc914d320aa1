import type { Redaction } from './redaction.js'

// A secret before the cut may be recognizable only by the text behind the cut.
const lookAhead = 1_024

/** The first `most` characters of a text, with secrets replaced, and the length of the whole text. */
export function cutText(text: string, redaction: Redaction, most: number): string {
  const mark = `…[cut: ${text.length} characters]`
  const safe = redaction.text(text.slice(0, most + lookAhead), text.length > most + lookAhead)
  return safe.slice(0, Math.max(0, most - mark.length)) + mark
}
