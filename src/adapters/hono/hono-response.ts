import type { Context } from 'hono'
import type { ErrorAnswer } from '../../errors/answer.js'
import { bodyHeaders } from '../../http/send-answer.js'

/** The response of an answer, with the headers that the service's middleware has set, such as those of CORS. */
export function responseOf(c: Context, { status, headers, body }: ErrorAnswer): Response {
  try {
    for (const name of bodyHeaders) c.header(name, undefined)
    return c.newResponse(body, status as 500, { ...headers })
  } catch {
    // The headers that are set make a response impossible.
    const response = new Response(body, { status, headers })
    c.res = undefined
    c.res = response
    return response
  }
}

/** The response of an answer of the inspector, without any header of the service. */
export function privateResponse(c: Context, { status, headers, body, stream }: ErrorAnswer): Response {
  // Hono answers HEAD with the head of GET, and an event stream would never end.
  if (c.req.method === 'HEAD') {
    const length = status === 204 || stream ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Response(null, { status, headers: { ...headers, ...length } })
  }
  return new Response(stream ? eventStream(stream) : body || null, { status, headers })
}

/** A client that reads slowly has this much in memory at most. */
const maxBufferedBytes = 2 ** 18

function eventStream(start: NonNullable<ErrorAnswer['stream']>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const listeners: (() => void)[] = []
  let isOpen = true
  const close = (): void => {
    isOpen = false
    for (const listener of listeners) listener()
  }
  const source = {
    start: (controller: ReadableStreamDefaultController<Uint8Array>) =>
      start({
        write: (text) => {
          if (!isOpen || (controller.desiredSize ?? 0) <= 0) return false
          controller.enqueue(encoder.encode(text))
          return true
        },
        end: () => {
          if (!isOpen) return
          controller.close()
          close()
        },
        onClose: (listener) => void listeners.push(listener),
      }),
    cancel: close,
  }
  return new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes }))
}

/** Stands for a response that was sent, or cut, through Node's own (`RESPONSE_ALREADY_SENT` of @hono/node-server). */
export function alreadySent(): Response {
  const response = new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  // @hono/node-server would send its lightweight response. Reading the body turns it, and each copy of it, into a standard one.
  void response.body
  return response
}

/** What Hono itself answers for an error. */
type WithResponse = Error & { getResponse?: () => Response; res?: Response }

/** The response that an error brings along, as `HTTPException` may; undefined if that is only its message. */
export function responseOfError(c: Context, error: WithResponse): Response | undefined {
  if (typeof error.getResponse !== 'function' || isPlainException(error)) return undefined
  try {
    const response = error.getResponse()
    return c.newResponse(response.body, response)
  } catch {
    // Its body was sent already.
    return undefined
  }
}

/** True for an `HTTPException` without a response of its own. There may be two copies of the class, of ESM and CommonJS. */
function isPlainException(error: WithResponse): boolean {
  if (!Object.hasOwn(error, 'res') || error.res !== undefined) return false
  let holder: object | null = error
  while (holder !== null && !Object.hasOwn(holder, 'getResponse')) holder = Object.getPrototypeOf(holder)
  return holder !== null && Object.getPrototypeOf(holder) === Error.prototype
}

/** Hono's own handler sends the message of an `HTTPException` to the client. http-errors calls that `expose`. */
export function markExposed(error: WithResponse): void {
  if (!isPlainException(error) || 'expose' in error) return
  Reflect.defineProperty(error, 'expose', { value: true, configurable: true, writable: true })
}
