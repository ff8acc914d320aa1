// Control characters, and marks that change the direction of what follows (Unicode TR 36).
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A text whose invisible characters are shown as escapes, such as `\\u202e`. Everything of a caller goes through here. */
export function visible(text: string): string {
  return text.replace(unseen, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text made visible and cut at `max` characters, with a mark; the whole text belongs into a title. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return visible(text)
  // One more than the longest text of `max` characters: pairs of surrogates are two units each.
  const points = [...text.slice(0, max * 2 + 1)]
  return points.length > max ? `${visible(points.slice(0, max).join(''))}…` : visible(text)
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
