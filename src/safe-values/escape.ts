// What could break a line in two, move a terminal's cursor, or reorder text on a screen: C0, DEL, C1 (which holds the
// one-byte CSI), line and paragraph separators, bidirectional marks, the byte order mark. CVE-2025-25184 (Rack),
// CVE-2025-48432 (Django), CVE-2025-58160 (tracing-subscriber), Trojan Source.
const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const dangerousInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text as it may stand in a line or on a terminal: every control character shown as an escape (`\n`, `\u001b`). */
export function escapeText(text: string): string {
  return text.replace(dangerous, escapeCharacter)
}

/** JSON text (which has C0 escaped already) with the rest of the dangerous characters escaped; still the same JSON. */
export function escapeJson(json: string): string {
  return json.replace(dangerousInJson, unicodeEscape)
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  return unicodeEscape(character)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
