// Characters that can break a line in two, move a terminal's cursor, or change the order of text on a screen: C0, DEL,
// C1 (which contains the one-byte CSI), line and paragraph separators, bidirectional marks, and the byte order mark.
// CVE-2025-25184 (Rack), CVE-2025-48432 (Django), CVE-2025-58160 (tracing-subscriber), Trojan Source. Also halves of
// surrogate pairs, which UTF-8 cannot encode, and the backslash, so that the text can be read back.
const special = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\\\ud800-\udfff]/u
const everySpecial = new RegExp(special, 'gu')
const dangerousInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const everyDangerousInJson = new RegExp(dangerousInJson, 'g')
const escaped = /\\(?:([nrt\\])|u([0-9a-f]{4}))/g

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }
const long: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/** Makes a text safe in a line and on a terminal: each control character becomes an escape (`\n`, `\u001b`). */
export function escapeText(text: string): string {
  return special.test(text) ? text.replace(everySpecial, (character) => short[character] ?? unicode(character)) : text
}

/** Returns the text that was passed to `escapeText`. */
export function unescapeText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(escaped, (_, letter: string | undefined, code: string) =>
    letter === undefined ? String.fromCharCode(Number.parseInt(code, 16)) : (long[letter] as string),
  )
}

/** Escapes the dangerous characters that JSON leaves as they are. The result is still the same JSON. */
export function escapeJson(json: string): string {
  return dangerousInJson.test(json) ? json.replace(everyDangerousInJson, unicode) : json
}

/** Escapes the control characters and halves of pairs that JSON would escape, in a text that is not all JSON. */
export function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\ud800-\udfff]/gu, unicode)
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
