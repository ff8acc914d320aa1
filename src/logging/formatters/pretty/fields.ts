import { escapeJson } from '../../../safe-values/escape.js'
import { remembered } from '../../../safe-values/remembered.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'

// A text of these characters needs no quotes, because it cannot look like two fields.
const bareKey = /^[\w.:/@+~%#&?*-]+$/
const bareValue = /^[\w.:/@+~%#&?*=-]+$/

/** A field's name as `key=value` shows it. */
export const keyText: (key: string) => string = remembered((key) => (bareKey.test(key) ? key : json(key)))

/** A field's value as `key=value` shows it: without quotes if it is one word, otherwise as JSON. */
export function valueText(value: SafeValue): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && bareValue.test(value) ? value : json(value)
}

function json(value: SafeValue): string {
  return escapeJson(JSON.stringify(value))
}
