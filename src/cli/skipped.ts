import { notOpened } from '../reading/story/story-words.js'
import { escapeText } from '../safe-values/escape.js'
import type { Output } from './output.js'

/** Says on the standard error that files could not be read. */
export function saySkipped(names: readonly string[], output: Output): void {
  if (names.length > 0) output.say(escapeText(`not complete: ${notOpened(names)}`))
}
