import { type Answer, readAnswer, readText } from './answer.js'
import { WordPressError } from './errors.js'

/** The address and the credentials of calls. */
export interface Endpoint {
  /** The site's address, without a slash at the end. */
  url: string
  user: string
  appPassword: string
  timeoutMs: number
}

export interface Call {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
}

/**
 * Makes one call to the REST API of a WordPress site. Spoor times it, writes its line in `wordpress_api` and sends the
 * id of its request along (../spoor.ts).
 *
 * @returns the JSON that WordPress answered with a status of 2xx
 * @throws WordPressError for everything else
 */
export async function callWordPress(endpoint: Endpoint, call: Call): Promise<unknown> {
  return readAnswer(await exchange(endpoint, call))
}

async function exchange(endpoint: Endpoint, call: Call): Promise<Answer> {
  let status: number | undefined
  try {
    const response = await fetch(endpoint.url + call.path, {
      method: call.method,
      headers: headersFor(endpoint, call),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      redirect: 'manual', // following one could carry the post to a host that is not the account's site
      signal: AbortSignal.timeout(endpoint.timeoutMs),
    })
    status = response.status
    return { status, text: await readText(response) }
  } catch (cause) {
    throw transportError(cause, endpoint, status)
  }
}

function headersFor(endpoint: Endpoint, call: Call): Record<string, string> {
  const credentials = Buffer.from(`${endpoint.user}:${endpoint.appPassword}`).toString('base64')
  return {
    accept: 'application/json',
    authorization: `Basic ${credentials}`,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

function transportError(cause: unknown, endpoint: Endpoint, status: number | undefined): WordPressError {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new WordPressError('wordpress_timeout', `no answer within ${endpoint.timeoutMs} ms`, { cause })
  }
  if (status === undefined) return new WordPressError('wordpress_unreachable', 'no connection', { cause })
  return new WordPressError('wordpress_bad_answer', `the answer (${status}) could not be read to its end`, { cause })
}
