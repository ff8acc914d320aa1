import { escapeText } from '../safe-values/escape.js'

const harmless = /^[\w.:/@[\]+~-]+$/
const maxCharacters = 40

/**
 * Makes a name from a record safe inside a sentence: one line, at most 42 characters, quoted if it could be read as part
 * of the sentence.
 */
export function shownName(name: string): string {
  if (name.length <= maxCharacters && harmless.test(name)) return name
  let shown = ''
  for (const character of name.slice(0, maxCharacters + 1)) {
    const escaped = character === '"' ? '\\"' : escapeText(character)
    if (shown.length + escaped.length > maxCharacters - 1) return `"${shown}…"`
    shown += escaped
  }
  return `"${shown}"`
}
