import { cut } from '../../format/texts.js'
import type { DominantTime } from '../../protocol.js'

/** Which requests the list shows. The URL has it. */
export interface RequestFilter {
  /** Undefined: both. */
  readonly kind: 'request' | 'job' | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  /** The route's pattern, exactly. */
  readonly route?: string | undefined
  /** `404`, or a class: `5xx`. */
  readonly status?: string | undefined
  /** The shortest duration, in ms. */
  readonly minMs?: number | undefined
  readonly dominant?: DominantTime | undefined
  /** A host, a pid, or both. */
  readonly process?: string | undefined
  readonly measured?: boolean | undefined
  readonly errorCode?: string | undefined
  readonly parentId?: string | undefined
  /** Names and values of fields that the service added. */
  readonly fields: readonly (readonly [string, string])[]
}

/** The kinds of time to which a filter may point, as the page says them. */
export const dominantNames: Readonly<Record<DominantTime, string>> = {
  cpu: 'own CPU',
  held: 'held up',
  outgoing: 'outgoing calls',
  queries: 'queries',
  pool: 'waiting for a connection',
  other: 'other waits',
}

const fieldPrefix = 'field.'
const maxFields = 8

/** Reads the filter in the query of a URL. What the service would refuse is left out. */
export function readFilter(query: URLSearchParams): RequestFilter {
  const text = (name: string, max = 200): string | undefined => {
    const value = query.get(name)
    return value !== null && value !== '' && value.length <= max ? value : undefined
  }
  const kind = query.get('kind')
  const measured = query.get('measured')
  return {
    kind: kind === 'both' ? undefined : kind === 'job' ? 'job' : 'request',
    account: text('account'),
    user: text('user'),
    route: text('route', 1_000),
    status: statusOf(query.get('status')),
    minMs: durationOf(query.get('over')),
    dominant: dominantOfText(query.get('dominant')),
    process: text('process', 300),
    measured: measured === 'true' ? true : measured === 'false' ? false : undefined,
    errorCode: text('errorCode'),
    parentId: text('parentId'),
    fields: fieldsOf(query),
  }
}

/** A status or a class of them; undefined for any other text. */
export function statusOf(text: string | null): string | undefined {
  const status = text?.trim().toLowerCase() ?? ''
  return /^[1-5](?:\d\d|xx)$/.test(status) ? status : undefined
}

/** A duration in ms: `250`, `250 ms`, `1.5 s`; undefined for any other text, and for 0. */
export function durationOf(text: string | null): number | undefined {
  const [, digits = '', unit] = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s)?\s*$/.exec(text ?? '') ?? []
  const ms = Math.round(Number(digits) * (unit === 's' ? 1_000_000 : 1_000)) / 1_000
  return digits !== '' && ms > 0 ? ms : undefined
}

/** A duration as people type it; `durationOf` reads it back. */
export function durationWords(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined
  return ms >= 1_000 && Number.isInteger(ms / 100) ? `${ms / 1_000} s` : `${ms} ms`
}

/** A field as people type it, `plan=pro`: its name and its value. */
export function fieldOf(text: string): readonly [string, string] | undefined {
  const at = text.indexOf('=')
  const name = text.slice(0, Math.max(0, at)).trim()
  const value = text.slice(at + 1).trim()
  return at > 0 && name !== '' && name.length <= 100 && value.length <= 1_000 ? [name, value] : undefined
}

function dominantOfText(text: string | null): DominantTime | undefined {
  return (Object.keys(dominantNames) as DominantTime[]).find((one) => one === text)
}

function fieldsOf(query: URLSearchParams): (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = []
  for (const [key, value] of query) {
    const name = key.startsWith(fieldPrefix) ? key.slice(fieldPrefix.length) : ''
    const isWrong = name === '' || name.length > 100 || value.length > 1_000
    if (isWrong || fields.length >= maxFields || fields.some(([other]) => other === name)) continue
    fields.push([name, value])
  }
  return fields
}

/** The filter as parameters of `api/requests` and `api/summary`. */
export function parametersOf(filter: RequestFilter): Record<string, string> {
  const { fields, ...others } = filter
  const parameters: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(others)) if (value !== undefined) parameters[name] = String(value)
  for (const [name, value] of fields) parameters[`${fieldPrefix}${name}`] = value
  return parameters
}

/** One filter that is set, as the page names it, with the change of the URL's query that drops it. */
export interface SetFilter {
  readonly name: string
  readonly words: string
  readonly drop: Readonly<Record<string, undefined>>
}

/** The filters that are set, besides the kind. */
export function setFilters(filter: RequestFilter): readonly SetFilter[] {
  const { account, user, route, status, minMs, dominant, process, measured, errorCode, parentId, fields } = filter
  const one = (name: string, value: string | undefined, parameter = name): SetFilter[] =>
    value === undefined ? [] : [{ name, words: `${name} ${cut(value, 60)}`, drop: { [parameter]: undefined } }]
  return [
    ...one('account', account),
    ...one('user', user),
    ...one('route', route),
    ...one('status', status),
    ...one('longer than', durationWords(minMs), 'over'),
    ...one('mostly', dominant && dominantNames[dominant], 'dominant'),
    ...one('process', process),
    ...one('measured', measured === undefined ? undefined : measured ? 'yes' : 'no'),
    ...one('error', errorCode, 'errorCode'),
    ...one('queued by', parentId, 'parentId'),
    ...fields.map(([name, value]) => ({
      name,
      words: `${cut(name, 60)}=${cut(value, 60)}`,
      drop: { [`${fieldPrefix}${name}`]: undefined },
    })),
  ]
}

/** Drops all of them. */
export function dropAll(filters: readonly SetFilter[]): Record<string, undefined> {
  return Object.assign({}, ...filters.map(({ drop }) => drop))
}
