// What could break a line in two, move a terminal's cursor, or reorder text on a screen: C0, DEL, C1 (which holds the
// one-byte CSI), line and paragraph separators, bidirectional marks, the byte order mark. CVE-2025-25184 (Rack),
// CVE-2025-48432 (Django), CVE-2025-58160 (tracing-subscriber), Trojan Source. And halves of surrogate pairs, which
// UTF-8 cannot carry, and the backslash, so that the text can be read back.
const special = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\\\ud800-\udfff]/u
const everySpecial = new RegExp(special, 'gu')
const dangerousInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const everyDangerousInJson = new RegExp(dangerousInJson, 'g')
const escaped = /\\(?:([nrt\\])|u([0-9a-f]{4}))/g

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }
const long: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/** Text as it may stand in a line or on a terminal: every control character shown as an escape (`\n`, `\u001b`). */
export function escapeText(text: string): string {
  return special.test(text) ? text.replace(everySpecial, (character) => short[character] ?? unicode(character)) : text
}

/** The text that `escapeText` was given. */
export function unescapeText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(escaped, (_, letter: string | undefined, code: string) =>
    letter === undefined ? String.fromCharCode(Number.parseInt(code, 16)) : (long[letter] as string),
  )
}

/** JSON text (which has C0 escaped already) with the rest of the dangerous characters escaped; still the same JSON. */
export function escapeJson(json: string): string {
  return dangerousInJson.test(json) ? json.replace(everyDangerousInJson, unicode) : json
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
