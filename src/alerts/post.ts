import type { IncomingMessage } from 'node:http'
import { duration } from '../safe-values/duration.js'

/** What became of one try to send. */
export interface Outcome {
  readonly isSent: boolean
  /** True if a later try may succeed. */
  readonly mayRetry: boolean
  /** The reason, without any part of the URL or of the answer; empty if it was sent. */
  readonly reason: string
  /** How long the receiver asks to wait, in ms. */
  readonly retryAfterMs?: number | undefined
}

/** A request to send. */
export interface Post {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const maxRetryAfterMs = 300_000

/**
 * Sends one POST, and looks at the status of the answer only. Redirects are not followed: the new place may belong to anybody. The
 * process may end before the answer comes. Never rejects.
 */
export function post({ url, headers, body, timeoutMs, signal }: Post): Promise<Outcome> {
  return new Promise((resolve) => {
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const fail = (reason: string, mayRetry = true): void => end({ isSent: false, mayRetry, reason })
    const sent = request(url, {
      method: 'POST',
      // A connection that stays open may be closed by the receiver while the next alert is sent.
      headers: { ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)) },
      signal,
    })
    const timer = setTimeout(() => fail(`no answer within ${duration(timeoutMs)}`), timeoutMs).unref()
    function end(outcome: Outcome): void {
      clearTimeout(timer)
      resolve(outcome)
      sent.destroy()
    }
    sent.once('socket', (socket) => socket.unref())
    sent.once('response', (response) => end(outcomeOf(response)))
    sent.on('error', (error) => fail(codeOf(error)))
    sent.once('close', () => fail('the connection was closed'))
    sent.end(body)
  })
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage): Outcome {
  if (status >= 200 && status < 300) return { isSent: true, mayRetry: false, reason: '' }
  if (status >= 300 && status < 400) {
    const reason = `it answered ${status}, and redirects are not followed: set alerts.url to the final address`
    return { isSent: false, mayRetry: false, reason }
  }
  const mayRetry = status >= 500 || status === 408 || status === 429
  return { isSent: false, mayRetry, reason: `it answered ${status}`, retryAfterMs: retryAfter(headers['retry-after']) }
}

/** The header's seconds or date, in ms from now, within bounds. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs)
}

// The message of an error may contain the URL.
function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'the connection failed'
}
