const number = /^\d+$/
const hexadecimal = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})$/i
// Long parts of letters and digits: tokens in a path (chat hooks, signed links), mail addresses, titles with a date.
const mixed = /^(?=.*[a-z])(?=.*\d).{16,}$/i
// Long parts that happen to contain no digit.
const random = /^(?=.{16,}$)(?=.*[a-z])(?:[^A-Z]*[A-Z]){5}/
const address = /@|%40/

/** Replaces ids in a path by `:id`: numbers, UUIDs, hashes, tokens, mail addresses. */
export function foldIds(path: string): string {
  // Written by hand: `split`, `map` and `join` take five times as long, and run for each outgoing call.
  let folded = ''
  let kept = 0
  for (let start = 0; start <= path.length; ) {
    const slash = path.indexOf('/', start)
    const end = slash < 0 ? path.length : slash
    if (isIdLike(path, start, end)) {
      folded += `${path.slice(kept, start)}:id`
      kept = end
    }
    start = end + 1
  }
  return kept === 0 ? path : folded + path.slice(kept)
}

const minLong = 16

function isIdLike(path: string, start: number, end: number): boolean {
  // Most parts are short words, and the other shapes are long.
  if (end - start < minLong) return isShortId(path, start, end)
  const part = path.slice(start, end)
  return [number, hexadecimal, mixed, random, address].some((shape) => shape.test(part))
}

/** True if a short part is a number or contains a mail address. */
function isShortId(path: string, start: number, end: number): boolean {
  let digits = 0
  for (let at = start; at < end; at++) {
    const code = path.charCodeAt(at)
    if (code >= 48 && code <= 57) digits++
    else if (code === 64) return true
    else if (code === 37 && at + 2 < end && path.startsWith('%40', at)) return true
  }
  return digits > 0 && digits === end - start
}
