import { logs } from '../logs.js'
import { type Answer, wordPressCode } from './answer.js'
import type { Call, Endpoint } from './call.js'
import { WordPressError } from './errors.js'

const log = logs.get('wordpress_api')

interface CallOutcome {
  endpoint: Endpoint
  call: Call
  startedAt: number
  answer: Answer
  error?: unknown
}

/**
 * One line for one call: info when it worked, warn when WordPress refused it (4xx), error when something is broken.
 *
 * Of a failure it bears the code alone: its stack is logged once, by whoever ends what the call was made for.
 */
export function logCall({ endpoint, call, startedAt, answer, error }: CallOutcome): void {
  const { host, pathname: route } = new URL(endpoint.url + call.route)
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10
  const fields = { method: call.method, host, route, status: answer.status, durationMs }
  const message = `${call.method} ${route} ${answer.status ?? 'failed'}`
  if (error === undefined) log.info(fields, message)
  else log[isRefusal(answer) ? 'warn' : 'error']({ ...fields, errorCode: errorCode(error, answer) }, message)
}

/** An answer read to its end that says no. */
function isRefusal({ status = 0, text }: Answer): boolean {
  return text !== undefined && status >= 400 && status <= 499
}

/** The most telling code there is: the network's (`ECONNREFUSED`), WordPress's (`rest_cannot_create`), or ours. */
function errorCode(error: unknown, answer: Answer): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && !(cause instanceof WordPressError)) return cause.code
  }
  return wordPressCode(answer.text) ?? (error instanceof WordPressError ? error.code : undefined)
}
