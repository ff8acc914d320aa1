// Shorter segments are names and ids. A shorter random segment could be guessed by trying.
const minSegment = 20
const longSegment = /[^/]{20}/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const jwt = /^eyJ[\w-]*\.[\w.-]*$/
// The characters between the words of a slug, and percent-encoded characters such as letters of other scripts.
const separators = /(?:%[0-9a-f]{2}|[^A-Za-z0-9])+/i

/**
 * Replaces the segments of `path` that look like tokens: JWTs, and random segments of 20 characters or more, except
 * UUIDs. A segment is random if at least half of its letters and digits are in random words (see `isRandom`), as in
 * `/reset/V1StGXR8Z5jdHi6BmyT0`, or if the kind of character changes at more than one in three of them. Slugs such as
 * `my-first-post-about-something` stay.
 */
export function withoutSecretSegments(path: string, replace = '[redacted]'): string {
  if (!longSegment.test(path)) return path
  return path
    .split('/')
    .map((segment) => (isSecretSegment(segment) ? replace : segment))
    .join('/')
}

function isSecretSegment(segment: string): boolean {
  if (segment.length < minSegment || uuid.test(segment)) return false
  if (jwt.test(segment)) return true
  let all = 0
  let random = 0
  let switched = 0
  for (const word of segment.split(separators)) {
    all += word.length
    switched += word.match(switches)?.length ?? 0
    if (isRandom(word)) random += word.length
  }
  return random >= minSegment || (random > 0 && random * 2 >= all) || switched * 3 > all
}

// Changes from a small letter to a capital (a capital begins a word), and between letters and digits.
const switches = /(?<=[a-z])[A-Z]|(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]/g

const maxDigits = 19
// No English word has seven consonants in a row. Capitals may: `XMLHTTPRequest`.
const consonants = /[b-df-hj-np-tv-xz]{7}/

/**
 * True if a word looks random: it changes between letters and digits three times or more, has too many capitals among
 * small letters to be camelCase, has seven consonants in a row, or is a number that does not fit into 64 bits.
 */
function isRandom(word: string): boolean {
  const letters = word.replace(/\d+/g, '').length
  if (letters === 0) return word.length > maxDigits
  const mixed = changes(word)
  if (mixed > 2 || consonants.test(word)) return true
  const capitals = word.replace(/[^A-Z]+/g, '').length
  // Digits in the middle make a random word more likely.
  return Math.min(capitals, letters - capitals) * (mixed > 1 ? 5 : 3) > letters
}

/** The number of changes between letters and digits: `v2` has one, `3f2a` has three. */
function changes(word: string): number {
  return (word.match(/\d+|\D+/g)?.length ?? 1) - 1
}
