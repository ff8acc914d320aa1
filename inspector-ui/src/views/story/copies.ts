import type { RequestDetail } from '../../protocol.js'

/** The header that asks for a request to be measured. */
export const measuringHeader = 'X-Debug-Resource-Tracking'

/** What the status line says after a copy as cURL. */
export const curlSaid = 'Copied as cURL. Its token, query and body are never kept'

// Of a method and a path, all else is percent-encoded or left out: the text is pasted into a shell.
const methodLetters = /^[A-Za-z-]{1,20}$/
const pathLetters = /[^\w.~!$&()*+,;=:@%/-]/gu

/**
 * A command that sends the request again: method, URL and content type. Never its token, cookies, query or body, which
 * Spoor does not keep.
 *
 * @param base where the service is reached, such as `https://publisher.example`
 */
export function curlOf(
  { method = 'GET', path = '/' }: Pick<RequestDetail, 'method' | 'path'>,
  base: string,
  options: { readonly isMeasured?: boolean } = {},
): string {
  const verb = methodLetters.test(method) ? method.toUpperCase() : 'GET'
  const parts = [`curl${verbOption(verb)}`, `'${base}${safePath(path)}'`]
  if (verb === 'POST' || verb === 'PUT' || verb === 'PATCH') parts.push("-H 'Content-Type: application/json'")
  if (options.isMeasured === true) parts.push(`-H '${measuringHeader}: true'`, "-H 'Authorization: Bearer …'")
  return parts.join(' \\\n  ')
}

function verbOption(verb: string): string {
  if (verb === 'GET') return ''
  return verb === 'HEAD' ? ' -I' : ` -X ${verb}`
}

function safePath(path: string): string {
  const encoded = path.replace(pathLetters, (letter) => {
    try {
      return encodeURIComponent(letter).replace(/'/g, '%27')
    } catch {
      // Half of a pair of surrogates.
      return '%EF%BF%BD'
    }
  })
  return encoded.startsWith('/') ? encoded : `/${encoded}`
}
