/** Turns the value of one field into what is written instead of it. */
export type Serializer = (value: unknown) => unknown

const shownHeaders = [
  'host',
  'user-agent',
  'accept',
  'content-type',
  'content-length',
  'origin',
  'referer',
  'retry-after',
  'location',
]

/**
 * What stands for a Node request or response in a line. Encoded as they are they dump the socket and every header,
 * cookies too; frameworks hand them to loggers all the time (Fastify's `req` and `res`, pino-http).
 */
export const serializers: Readonly<Record<string, Serializer>> = {
  req: (value) => {
    if (!isObject(value) || !('method' in value)) return value
    const { method, url, headers, socket } = value as Record<string, unknown>
    const remoteAddress = isObject(socket) ? socket['remoteAddress'] : undefined
    return { method, path: pathOf(url), remoteAddress, headers: allowed(headers) }
  },
  res: (value) => {
    if (!isObject(value) || !('statusCode' in value)) return value
    const getHeaders: unknown = value['getHeaders']
    return {
      status: value['statusCode'],
      headers: typeof getHeaders === 'function' ? allowed(getHeaders.call(value)) : undefined,
    }
  },
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

// A query may hold tokens.
function pathOf(url: unknown): unknown {
  return typeof url === 'string' ? url.replace(/\?.*$/s, '') : undefined
}

function allowed(headers: unknown): Record<string, unknown> | undefined {
  if (!isObject(headers)) return undefined
  return Object.fromEntries(
    shownHeaders.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]),
  )
}
