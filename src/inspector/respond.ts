import type { ErrorAnswer } from '../errors/answer.js'
import { escapeJson } from '../safe-values/escape.js'

/** A response, ready to send. */
export type InspectorAnswer = ErrorAnswer

/** The headers of every answer that does not say otherwise. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  // For caches that ignore `no-store`.
  vary: 'Origin, Sec-Fetch-Site, Cookie, Authorization',
  'x-content-type-options': 'nosniff',
  // Other pages cannot load an answer as an image or script.
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

/** `value` as JSON that is safe on a terminal. */
export function json(value: unknown): InspectorAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 200, headers, body: `${escapeJson(JSON.stringify(value))}\n` }
}

/** The allowed methods. */
export const allow = 'GET, HEAD, OPTIONS'

/** The answer to OPTIONS. */
export const options: InspectorAnswer = { status: 204, headers: { allow }, body: '' }

/** Adds the headers of every answer, and `headers`. */
export function finished(answer: InspectorAnswer, headers: Readonly<Record<string, string>>): InspectorAnswer {
  return { ...answer, headers: { ...always, ...answer.headers, ...headers } }
}
