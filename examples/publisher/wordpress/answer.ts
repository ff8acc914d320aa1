import { WordPressError } from './errors.js'

const MAX_BYTES = 4 * 1024 * 1024

/** A response of WordPress. */
export interface Answer {
  status: number
  text: string
}

/** Reads a body to its end, up to the maximum length. */
export async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Returns the JSON of a response with a status of 2xx.
 *
 * Checks the status first: some failures come in HTML, from WordPress or from a proxy in front of it.
 *
 * @throws WordPressError for any other response
 */
export function readAnswer({ status, text }: Answer): unknown {
  const json = parseJson(text)
  const said = [status, wordPressCode(text)].filter(Boolean).join(' ')
  if (status === 401 || status === 403) {
    throw new WordPressError('wordpress_refused_credentials', `WordPress answered ${said}`)
  }
  if (json === undefined) throw new WordPressError('wordpress_bad_answer', `WordPress answered ${said} without JSON`)
  if (status === 400 || status === 422) {
    throw new WordPressError('wordpress_rejected_post', `WordPress answered ${said}`)
  }
  if (status >= 500) throw new WordPressError('wordpress_failed', `WordPress answered ${said}`)
  if (status < 200 || status > 299) throw new WordPressError('wordpress_bad_answer', `WordPress answered ${said}`)
  return json
}

/** The code in WordPress's error body, like `rest_cannot_create`, if it looks like one. */
function wordPressCode(text: string): string | undefined {
  const json = parseJson(text)
  const code = typeof json === 'object' && json !== null && 'code' in json ? json.code : undefined
  return typeof code === 'string' && /^[a-z0-9_]{1,64}$/.test(code) ? code : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
