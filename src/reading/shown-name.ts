import { escapeText } from '../safe-values/escape.js'

const harmless = /^[\w.:/@[\]+~-]+$/
const defaultCharacters = 40
// An operation and its tables: `SELECT posts users`. More words could be read as part of the sentence.
const operation = /^[A-Z]+(?: [A-Za-z_?][\w.?]*){0,3}$/

/**
 * Makes a name from a record safe inside a sentence: one line, at most 42 characters, quoted if it could be read as part
 * of the sentence.
 *
 * @param maxCharacters of the name, without its quotes
 */
export function shownName(name: string, maxCharacters: number = defaultCharacters): string {
  if (name.length <= maxCharacters && harmless.test(name)) return name
  let shown = ''
  for (const character of name.slice(0, maxCharacters + 1)) {
    const escaped = character === '"' ? '\\"' : escapeText(character)
    if (shown.length + escaped.length > maxCharacters - 1) return `"${shown}…"`
    shown += escaped
  }
  return `"${shown}"`
}

/** Makes the summary of a query safe inside a sentence, as `shownName`. A plain operation with its tables has no quotes. */
export function shownOperation(summary: string): string {
  return summary.length <= defaultCharacters && operation.test(summary) ? summary : shownName(summary)
}
