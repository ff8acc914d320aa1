import { AssertionError } from 'node:assert'
import { escapeText } from '../safe-values/escape.js'
import { type CaptureView, openCaptures, viewOf } from './capture-view.js'
import { type FindSecret, secretFinder } from './secret-forms.js'

const minCharacters = 8
const maxCharacters = 1_000
const maxPlaces = 10
const maxNameCharacters = 100

/**
 * Checks that a secret that the test sent is in no captured line or record, and in no response header that Spoor sets. It is found
 * as it is, in any case, and in base64, hex, URL-encoded and JSON-escaped.
 *
 * @param canary the secret, 8 to 1,000 characters. Make it unlike any other text
 * @param options.capture the capture to look at; default: all that are open
 *
 * @example
 * await fetch(`${url}/login`, { method: 'POST', body: JSON.stringify({ user: 'ann', password: 'canary-7f3a9c21' }) })
 * secretsStayOut('canary-7f3a9c21')
 *
 * @throws AssertionError that lists the places. It does not show the secret. Error if no capture is open
 */
export function secretsStayOut(canary: string, options: { readonly capture?: object | undefined } = {}): void {
  if (typeof canary !== 'string' || canary.length < minCharacters || canary.length > maxCharacters) {
    const got = typeof canary === 'string' ? `${canary.length} characters` : typeof canary
    throw new TypeError(`secretsStayOut: expected a text of ${minCharacters} to 1,000 characters, got ${got}`)
  }
  const find = secretFinder(canary)
  const places = capturesOf(options.capture).flatMap((capture) => [...placesIn(capture, find)])
  if (places.length === 0) return
  const shown = places.slice(0, maxPlaces).map((place) => `\n- ${place}`)
  const more = places.length > maxPlaces ? `\n- and ${places.length - maxPlaces} more` : ''
  throw new AssertionError({
    message: `secretsStayOut: the secret is in ${places.length} ${places.length === 1 ? 'place' : 'places'}${shown.join('')}${more}`,
    actual: places,
    expected: [],
    operator: 'secretsStayOut',
    stackStartFn: secretsStayOut,
  })
}

function capturesOf(capture: object | undefined): CaptureView[] {
  if (capture !== undefined) {
    const view = viewOf(capture)
    if (view === undefined) throw new TypeError('secretsStayOut: capture: expected what captureSpoor returns')
    return [view]
  }
  const open = [...openCaptures()]
  // Without a capture the check could not fail.
  if (open.length === 0) throw new Error('secretsStayOut: expected an open capture, got none; call it before close()')
  return open
}

function* placesIn(capture: CaptureView, find: FindSecret): Iterable<string> {
  for (const [at, line] of capture.lines().entries()) {
    const name = `line ${at + 1} (${line.level}, logger ${line.logger})`
    for (const [path, form] of foundIn(line, find)) yield `${name}: ${path}, ${form}`
  }
  for (const record of capture.records()) {
    const name = `record of the ${record.kind} ${find(record.requestId) === undefined ? record.requestId : ''}`.trim()
    for (const [path, form] of foundIn(record, find)) yield `${name}: ${path}, ${form}`
  }
  for (const { requestId, headers } of headersOfCapture(capture)) {
    const name = `response of the request ${find(requestId) === undefined ? requestId : ''}`.trim()
    for (const [header, form] of foundIn(headers, find)) yield `${name}: header ${header}, ${form}`
  }
}

/** The headers of this capture's requests: other parts of the process may serve requests meanwhile. */
function headersOfCapture(capture: CaptureView): ReturnType<CaptureView['headers']> {
  const ids = new Set(capture.lines().map(({ requestId }) => requestId))
  for (const { requestId } of capture.records()) ids.add(requestId)
  return capture.headers().filter(({ requestId }) => ids.has(requestId))
}

/** The places in a value: their paths, without the secret, and the form. */
function* foundIn(value: unknown, find: FindSecret, path = ''): Iterable<readonly [path: string, form: string]> {
  if (typeof value !== 'object' || value === null) {
    const form = find(String(value))
    if (form !== undefined) yield [path, form]
    return
  }
  for (const [name, inner] of Object.entries(value)) {
    const inName = find(name)
    const isLong = name.length > maxNameCharacters
    const part =
      inName !== undefined ? '(the secret)' : escapeText(isLong ? `${name.slice(0, maxNameCharacters)}…` : name)
    const at = Array.isArray(value) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`
    if (inName !== undefined) yield [`the name of ${at}`, inName]
    yield* foundIn(inner, find, at)
  }
}
