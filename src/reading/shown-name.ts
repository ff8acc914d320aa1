import { escapeText } from '../safe-values/escape.js'

const harmless = /^[\w.:/@[\]+~-]+$/
const mostCharacters = 40

/**
 * A name out of a record as it may stand in a sentence: one line, at most 42 characters, in quotes where it could be
 * taken for a part of the sentence.
 */
export function shownName(name: string): string {
  if (name.length <= mostCharacters && harmless.test(name)) return name
  let shown = ''
  for (const character of name.slice(0, mostCharacters + 1)) {
    const escaped = character === '"' ? '\\"' : escapeText(character)
    if (shown.length + escaped.length > mostCharacters - 1) return `"${shown}…"`
    shown += escaped
  }
  return `"${shown}"`
}
