// What `expectRequest` can expect of a request. Each check says the figure, what was expected, and what was found.
import { duration } from '../safe-values/duration.js'
import { escapeText } from '../safe-values/escape.js'
import type { CapturedLine } from './capture-view.js'
import type { EndedRequest } from './ended-request.js'

/** An expectation that a request does not meet. */
export interface Unmet {
  /** The name of the figure, such as `queries`. */
  readonly figure: string
  readonly actual: unknown
  readonly expected: unknown
  /** One line, and rows with what was found. */
  readonly text: string
}

export type RequestCheck = (request: EndedRequest) => Unmet | undefined

const maxRows = 8
const maxRowCharacters = 240

export function cpuBelow(ms: number): RequestCheck {
  checkFigure('cpuBelow', ms)
  return ({ record }) => {
    const expected = `below ${ms} ms`
    const { cpu, durationMs = 0, waits, steps = [], truncated } = record ?? {}
    if (cpu === undefined) {
      const why =
        record === undefined ? "it was not measured (tracking: { mode: 'all' } measures all)" : 'it has no CPU figure'
      return { figure: 'cpuMs', actual: undefined, expected, text: `CPU: expected ${expected}, but ${why}` }
    }
    if (cpu.ms < ms && truncated !== true) return undefined
    const clock =
      cpu.clock === 'wall' ? ' by the wall clock, because this platform has no CPU clock for each thread' : ''
    const cut = truncated ? ', measured only until tracking.maxMs' : ''
    const parts = Object.entries(waits ?? {}).filter(([, part]) => typeof part === 'number' && part > 0)
    const rest = parts.map(([name, part]) => `, ${name} ${part}`).join('')
    const rows = steps.map(
      ({ name, durationMs: took }) => `step ${name} ${took === undefined ? 'open' : duration(took)}`,
    )
    const text = `CPU: expected ${expected}, got ${cpu.ms} ms${clock}${cut} (durationMs ${durationMs}${rest})${rowsOf(rows)}`
    return { figure: 'cpuMs', actual: cpu.ms, expected, text }
  }
}

export function callsAtMost(most: number): RequestCheck {
  checkFigure('callsAtMost', most)
  return (request) => {
    const calls = request.record?.io.outgoing?.calls ?? sumOnLine(request, 'outgoing')
    if (calls <= most) return undefined
    const rows = (request.record?.outgoing ?? []).map(
      ({ method, host, route, status, errorCode, durationMs }) =>
        `${method} ${host}${route} ${status ?? errorCode ?? 'open'}${took(durationMs)}`,
    )
    return atMost('calls', calls, most, rows)
  }
}

export function queriesAtMost(most: number): RequestCheck {
  checkFigure('queriesAtMost', most)
  return (request) => {
    const calls = request.record?.queries?.calls ?? sumOnLine(request, 'queries')
    return calls <= most ? undefined : atMost('queries', calls, most, queryRows(request, 1))
  }
}

export function noRepeatedQueries(): RequestCheck {
  return (request) => {
    const rows = queryRows(request, 2)
    if (rows.length === 0) return undefined
    const text = `repeated queries: expected none, got ${rows.length}${rowsOf(rows)}`
    return { figure: 'repeatedQueries', actual: rows, expected: [], text }
  }
}

export function loggedNothingLike(pattern: RegExp | string): RequestCheck {
  if (!(pattern instanceof RegExp) && (typeof pattern !== 'string' || pattern === '')) {
    throw new TypeError(`expectRequest: loggedNothingLike: expected a regular expression or a text`)
  }
  // With g or y a regular expression would go on where it stopped.
  const regex = pattern instanceof RegExp ? new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')) : undefined
  const isLike = (text: string): boolean => regex?.test(text) ?? text.includes(pattern as string)
  return ({ lines }) => {
    const like = lines.filter((line) => [...textsOf(line)].some(isLike))
    if (like.length === 0) return undefined
    const shown = pattern instanceof RegExp ? String(pattern) : JSON.stringify(pattern)
    const rows = like.map(shownLine)
    const text = `lines: expected nothing like ${escapeText(shown)}, got ${rows.length}${rowsOf(rows)}`
    return { figure: 'lines', actual: rows, expected: [], text }
  }
}

/** Every text of a line: the message, names and values of fields, ids and account. */
function* textsOf(line: CapturedLine): Iterable<string> {
  const { fields, message, requestId = '', account = '', logger } = line
  yield* [message, requestId, account, logger]
  yield* textsIn(fields)
}

function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) yield name
      yield* textsIn(inner)
    }
  } else yield String(value)
}

function shownLine({ level, logger, message, fields }: CapturedLine): string {
  return `[${level.toUpperCase()}] [${logger}] ${message} ${JSON.stringify(fields)}`
}

/** The kinds of queries that were sent at least `least` times, the most frequent first. */
function queryRows({ record, lines }: EndedRequest, least: number): string[] {
  const onLine = lines.findLast(({ logger, fields }) => logger === 'requests' && fields['queries'] !== undefined)
  const sum = record?.queries ?? (onLine?.fields['queries'] as NonNullable<EndedRequest['record']>['queries'])
  const kinds = record?.queryKinds ?? []
  const repeated = (sum?.repeated ?? []).filter(
    (one) =>
      !kinds.some(
        ({ system, summary, calls }) => system === one.system && summary === one.summary && calls === one.calls,
      ),
  )
  return [...kinds, ...repeated]
    .filter(({ calls }) => calls >= least)
    .sort((a, b) => b.calls - a.calls)
    .map(({ calls, summary, system, ms, ...kind }) => {
      const text = 'text' in kind && kind.text !== undefined ? `: ${kind.text}` : ''
      return `${calls} × ${summary ?? 'a query'} (${system}, ${duration(ms)})${text}`
    })
}

/** The sum of calls or queries on the line of a request that was not measured. */
function sumOnLine({ lines }: EndedRequest, name: 'outgoing' | 'queries'): number {
  const line = lines.findLast(({ logger, fields }) => logger === 'requests' && fields['kind'] !== 'late')
  return (line?.fields[name] as { calls?: number } | undefined)?.calls ?? 0
}

function atMost(figure: string, actual: number, most: number, rows: readonly string[]): Unmet {
  const text = `${figure}: expected at most ${most}, got ${actual}${rowsOf(rows)}`
  return { figure, actual, expected: `at most ${most}`, text }
}

function rowsOf(rows: readonly string[]): string {
  const shown = rows.slice(0, maxRows).map((row) => {
    const safe = escapeText(row)
    return `\n    ${safe.length > maxRowCharacters ? `${safe.slice(0, maxRowCharacters)}…` : safe}`
  })
  const more = rows.length - shown.length
  return `${shown.join('')}${more > 0 ? `\n    and ${more} more` : ''}`
}

function took(ms: number | undefined): string {
  return ms === undefined ? '' : ` ${duration(ms)}`
}

function checkFigure(name: string, value: number): void {
  if (typeof value === 'number' && value >= 0) return
  throw new TypeError(`expectRequest: ${name}: expected a number from 0, got ${String(value)}`)
}
