import type { ListedRequest } from '../../protocol.js'

/** The header that asks for a request to be measured. */
export const measureHeader = 'X-Debug-Resource-Tracking: true'

/** A text as one word of a POSIX shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** The command that sends a first request. */
export function firstCurl(origin: string, hasToken: boolean): string {
  return ['curl -i', quoted(`${origin}/`), ...authorization(hasToken)].join(' ')
}

/**
 * A request again, to be measured. Its token, query and body are not kept, so the command says where they go.
 *
 * @param hasToken whether the service takes tokens
 */
export function measuredCurl(
  origin: string,
  request: Pick<ListedRequest, 'method' | 'path'> | undefined,
  hasToken: boolean,
): string {
  const { method = 'GET', path = '/' } = request ?? {}
  const verb = method === 'GET' ? [] : [`-X ${quoted(method)}`]
  return [
    'curl -i',
    ...verb,
    quoted(`${origin}${path}`),
    `-H ${quoted(measureHeader)}`,
    ...authorization(hasToken),
  ].join(' ')
}

function authorization(hasToken: boolean): string[] {
  return hasToken ? ["-H 'Authorization: Bearer YOUR-TOKEN'"] : []
}
