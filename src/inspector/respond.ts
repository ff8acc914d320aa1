import { escapeJson } from '../safe-values/escape.js'

/** A response, ready to send. */
export interface InspectorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What every answer says, of whatever kind. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  // What an answer depends on, for caches that keep what they must not.
  vary: 'Origin, Sec-Fetch-Site, Cookie, Authorization',
  'x-content-type-options': 'nosniff',
  // No other page can load it as an image or script, not even to measure it.
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

/** `value` as JSON that is safe on a terminal. */
export function json(value: unknown): InspectorAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return { status: 200, headers, body: `${escapeJson(JSON.stringify(value))}\n` }
}

/** The methods there are. */
export const allow = 'GET, HEAD, OPTIONS'

/** The answer to OPTIONS. */
export const options: InspectorAnswer = { status: 204, headers: { allow }, body: '' }

/** `answer` with what every answer says, and with `headers`. */
export function finished(answer: InspectorAnswer, headers: Readonly<Record<string, string>>): InspectorAnswer {
  return { ...answer, headers: { ...answer.headers, ...always, ...headers } }
}
