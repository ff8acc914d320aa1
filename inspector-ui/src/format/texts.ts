// Control characters, and marks that change the direction of what follows (Unicode TR 36).
const marks = '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff'
// Scripts that are misspelt without joiners (RFC 5892, A.1). In others, such as Latin, a joiner only hides.
const scripts = 'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr'.split(' ')
// Letters and marks alone: the scripts have marks of direction too.
const joined = `(?:(?=[\\p{L}\\p{M}])[${scripts.map((script) => `\\p{Script=${script}}`).join('')}])`
const emoji = '[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]'
const isHarmless = `${emoji}\\u200d(?=\\p{Extended_Pictographic})|${joined}[\\u200c\\u200d](?=${joined})`
// The class comes first: nearly all characters end there.
const unseen = new RegExp(`[${marks}]|[\\u200c\\u200d](?<!${isHarmless})`, 'gu')

/**
 * A text whose invisible characters are shown as escapes, such as `\\u202e`. Everything of a caller goes through here.
 * Joiners stay inside emoji and words that need them.
 */
export function visible(text: string): string {
  return text.replace(unseen, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text made visible and cut at `max` characters, with a mark; the whole text belongs into a title. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return visible(text)
  // One more than the longest text of `max` characters: pairs of surrogates are two units each.
  const points = [...text.slice(0, max * 2 + 1)]
  if (points.length <= max) return visible(text)
  const kept = points.slice(0, max).join('')
  return `${visible(kept.replace(/\u200d$/, ''))}…`
}

/** The end of an id, as lists show it. */
export function idEnd(id: string): string {
  return id.length > 8 ? id.slice(-8) : id
}

/** Whether a value has members by names. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Any value of a log line or a field as one line of text. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

/** `1 request`, `3 requests`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
