const number = /^\d+$/
const hexadecimal = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})$/i
// Long parts of letters and digits: tokens in a path (chat hooks, signed links), mail addresses, titles with a date.
const mixed = /^(?=.*[a-z])(?=.*\d).{16,}$/i
// Long parts that happen to contain no digit.
const random = /^(?=.{16,}$)(?=.*[a-z])(?:[^A-Z]*[A-Z]){5}/
const address = /@|%40/

/** Replaces ids in a path by `:id`: numbers, UUIDs, hashes, tokens, mail addresses. */
export function foldIds(path: string): string {
  return path
    .split('/')
    .map((part) => (isIdLike(part) ? ':id' : part))
    .join('/')
}

const minLong = 16

function isIdLike(part: string): boolean {
  // Most parts are short words, and the other shapes are long.
  if (part.length < minLong) return number.test(part) || address.test(part)
  return [number, hexadecimal, mixed, random, address].some((shape) => shape.test(part))
}
