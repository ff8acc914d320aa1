// Short plain text is what most strings are; anything else is measured, not guessed.
const special = /[^\x20\x21\x23-\x5b\x5d-\x7e]/

/**
 * About how many bytes a record takes as JSON in UTF-8, without writing it: names and texts exactly, numbers by their
 * digits. A fifth of the time of `JSON.stringify` (Node 24: 1.1 µs of 5.6 for a record with three calls).
 *
 * @param value plain JSON; members that are undefined count nothing, as there
 */
export function jsonBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return textBytes(value)
    case 'number':
      return numberBytes(value)
    case 'boolean':
      return 5
    case 'object':
      if (value === null) return 4
      return Array.isArray(value) ? listBytes(value) : objectBytes(value as Record<string, unknown>)
    default:
      return 0
  }
}

function objectBytes(value: Record<string, unknown>): number {
  let bytes = 1
  for (const name in value) {
    const member = value[name]
    // Colon and comma.
    if (member !== undefined) bytes += 2 + textBytes(name) + jsonBytes(member)
  }
  return Math.max(2, bytes)
}

function listBytes(list: readonly unknown[]): number {
  let bytes = 1
  for (const item of list) bytes += 1 + jsonBytes(item)
  return Math.max(2, bytes)
}

function textBytes(text: string): number {
  return special.test(text) ? Buffer.byteLength(JSON.stringify(text)) : text.length + 2
}

/** Figures have three decimals at most. */
function numberBytes(value: number): number {
  let bytes = value < 0 ? 2 : 1
  let rest = Math.abs(value)
  if (rest % 1 !== 0) bytes += 4
  for (; rest >= 10 && bytes < 21; rest /= 10) bytes++
  return bytes
}
