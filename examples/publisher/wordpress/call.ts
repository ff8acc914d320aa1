import { type Answer, readAnswer, readText } from './answer.js'
import { logCall } from './call-line.js'
import { WordPressError } from './errors.js'

/** Where calls go and with what. */
export interface Endpoint {
  /** The site's address, without a slash at the end. */
  url: string
  user: string
  appPassword: string
  timeoutMs: number
  /** The id of the request this call is made for, if it is made for one. */
  requestId: () => string | undefined
}

export interface Call {
  method: 'GET' | 'POST'
  /** The path with `:id` in the place of ids, so that calls of one kind bear one name in the logs. */
  route: string
  path: string
  body?: unknown
}

/**
 * Makes one call to the REST API of a WordPress site and leaves one line in `wordpress_api`.
 *
 * @returns the JSON that WordPress answered with a status of 2xx
 * @throws WordPressError for everything else
 */
export async function callWordPress(endpoint: Endpoint, call: Call): Promise<unknown> {
  const startedAt = performance.now()
  const answer: Answer = {}
  try {
    await exchange(endpoint, call, answer)
    const json = readAnswer(answer)
    logCall({ endpoint, call, startedAt, answer })
    return json
  } catch (error) {
    logCall({ endpoint, call, startedAt, answer, error })
    throw error
  }
}

/** Notes in `answer` what comes, as far as it comes. */
async function exchange(endpoint: Endpoint, call: Call, answer: Answer): Promise<void> {
  try {
    const response = await fetch(endpoint.url + call.path, {
      method: call.method,
      headers: headersFor(endpoint, call),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      redirect: 'manual', // following one could carry the id, and the post, to a host that is not the account's site
      signal: AbortSignal.timeout(endpoint.timeoutMs),
    })
    answer.status = response.status
    answer.text = await readText(response)
  } catch (cause) {
    throw transportError(cause, endpoint, answer)
  }
}

function headersFor(endpoint: Endpoint, call: Call): Record<string, string> {
  const credentials = Buffer.from(`${endpoint.user}:${endpoint.appPassword}`).toString('base64')
  const requestId = endpoint.requestId()
  return {
    accept: 'application/json',
    authorization: `Basic ${credentials}`,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
  }
}

function transportError(cause: unknown, endpoint: Endpoint, { status }: Answer): WordPressError {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new WordPressError('wordpress_timeout', `no answer within ${endpoint.timeoutMs} ms`, { cause })
  }
  if (status === undefined) return new WordPressError('wordpress_unreachable', 'no connection', { cause })
  return new WordPressError('wordpress_bad_answer', `the answer (${status}) could not be read to its end`, { cause })
}
