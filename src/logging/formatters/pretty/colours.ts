import type { Level } from '../../levels.js'

/** Codes of dim, bold and the 16 colours. Every theme of a terminal chooses them for its own background. */
export const dim = '2'
export const bold = '1'
export const red = '91'
export const yellow = '33'
export const green = '32'
const cyan = '36'

export const levelColours: Readonly<Record<Level, string>> = {
  trace: dim,
  debug: dim,
  info: green,
  warn: yellow,
  error: red,
  fatal: '97;41',
}

/** Colours a text; `code` is one of the codes above. */
export type Paint = (code: string, text: string) => string

export const painted: Paint = (code, text) => (code === '' ? text : `\u001b[${code}m${text}\u001b[0m`)
export const unpainted: Paint = (_code, text) => text

/**
 * True if output is coloured. If `FORCE_COLOR` is set, it decides: 0 and false are off, as in Node. Otherwise `NO_COLOR`
 * (https://no-color.org: any text that is not empty) and `TERM=dumb` turn colours off.
 */
export function hasColours(isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

// Readable on dark and light backgrounds. Red is left to failures.
const requestColours = [cyan, '35', green, '94', yellow, '95']

/** The colour of a request: the same for the same id, in every process. */
export function requestColour(requestId: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < requestId.length; at++) hash = Math.imul(hash ^ requestId.charCodeAt(at), 0x01000193)
  // The high bits: the low ones of this hash (FNV-1a) depend on few bits of the id.
  return requestColours[(hash >>> 16) % requestColours.length] as string
}
