import { type Position, positionOf } from '../cursor.js'
import { type ReadAccess, seesAll } from '../read-access.js'
import type { DominantTime, RecordFilter } from '../record-store.js'

/** Conditions of a WHERE, and the values that they bind. No value of a reader is in the text. */
export interface Conditions {
  readonly where: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
}

const equal = ['account', 'user', 'route', 'kind', 'parentId', 'requestId'] as const
const searched = ['id', 'requestId', 'path', 'route', 'name', 'account', 'user'] as const
const kinds: readonly DominantTime[] = ['cpu', 'held', 'outgoing', 'queries', 'pool', 'other']
const other = kinds.length
// Years that DateTime64 has.
const firstMs = Date.parse('1900-01-01T00:00:00.000Z')
const lastMs = Date.parse('2299-12-31T23:59:59.999Z')
/** Records have no longer text that a filter compares. Longer ones would not fit into the address of a request. */
const maxText = 4_000

/**
 * The records that a reader may see: those of its account, or all. Work for no account, and records whose account was switched, are
 * visible to readers of everything only. Undefined for a reader who sees nothing.
 */
export function mayReadSql(access: ReadAccess): Conditions | undefined {
  if (seesAll(access)) return { where: [], params: {} }
  if (access.isEmpty || access.account === undefined || access.account.length > maxText) return undefined
  return {
    where: ['account = {reader:String}', 'ifNull(accountSwitched, false) = false'],
    params: { reader: access.account },
  }
}

/** A filter as conditions; `matches` in filter.ts says what each means. Undefined for a filter that nothing can match. */
export function filterSql(filter: RecordFilter): Conditions | undefined {
  const where: string[] = []
  const params: Record<string, unknown> = {}
  const bind = (condition: string, name: string, value: unknown): void => {
    where.push(condition)
    params[name] = value
  }
  if (texts(filter).some((text) => text.length > maxText)) return undefined
  for (const name of equal) if (filter[name] !== undefined) bind(`${name} = {${name}:String}`, name, filter[name])
  const { from, to, status, minMs, minCpuMs, errorCode, text, process, measured, fields = {} } = filter
  if (Number.isNaN(from) || Number.isNaN(to)) return undefined
  if (from !== undefined) bind('startedAt >= fromUnixTimestamp64Milli({from:Int64})', 'from', clamped(from))
  if (to !== undefined) bind('startedAt < fromUnixTimestamp64Milli({to:Int64})', 'to', clamped(to))
  if (status !== undefined) {
    if (/^[1-9]xx$/.test(status)) bind('intDiv(status, 100) = {class:UInt8}', 'class', Number(status[0]))
    else bind('toString(status) = {status:String}', 'status', status)
  }
  if (minMs !== undefined) bind('durationMs >= {minMs:Float64}', 'minMs', minMs)
  if (minCpuMs !== undefined) bind('cpu_ms >= {minCpuMs:Float64}', 'minCpuMs', minCpuMs)
  if (errorCode !== undefined) bind('errorCode = {errorCode:String}', 'errorCode', errorCode)
  if (text !== undefined) {
    // Not positionCaseInsensitiveUTF8, which takes letter by letter: the last sigma of a Greek word has a small form of its own.
    const found = searched.map((name) => `position(lowerUTF8(ifNull(${name}, '')), {text:String}) > 0`)
    bind(`(${found.join(' OR ')})`, 'text', text.toLowerCase())
  }
  if (process !== undefined) {
    bind(processSql, 'process', process)
    params['digits'] = /\d+$/.exec(process)?.[0] ?? ''
  }
  if (measured !== undefined) where.push(`cpu_ms IS ${measured ? 'NOT NULL' : 'NULL'}`)
  for (const [at, [name, wanted]] of Object.entries(fields).entries()) {
    bind(`fields[{name${at}:String}] IN {value${at}:Array(String)}`, `value${at}`, [wanted, ...asWritten(wanted)])
    where.push(`mapContains(fields, {name${at}:String})`)
    params[`name${at}`] = name
  }
  for (const wanted of new Set([filter.dominant, filter.mostly])) {
    if (wanted === undefined) continue
    const place = kinds.indexOf(wanted) + 1
    if (place === 0) return undefined
    where.push(dominantSql(place))
  }
  return { where, params }
}

/** What stands behind a place in the list, newest first. */
export function behindSql(before: string | undefined): Conditions {
  if (before === undefined) return { where: [], params: {} }
  const { startedAt, id }: Position = positionOf(before)
  return {
    where: ['(startedAt, id) < (fromUnixTimestamp64Milli({atMs:Int64}), {atId:String})'],
    params: { atMs: Date.parse(startedAt), atId: id },
  }
}

const pid = "splitByChar(':', ifNull(instance, ''))[-1]"
const host = `substring(ifNull(instance, ''), 1, length(ifNull(instance, '')) - length(${pid}) - 1)`
const processSql = `({process:String} IN (instance, ${host}, ${pid}, concat(${host}, ' ', ${pid})) OR (instance = 'unknown' AND toString(pid) = {digits:String}))`

const times = [
  'cpu_ms',
  'waits_heldUpMs',
  'waits_outgoingMs',
  'waits_queriesMs',
  'waits_poolMs',
  ['waits_stepsMs', 'waits_otherMs', 'waits_unmeasuredMs'],
].map((names) =>
  [names]
    .flat()
    .map((name) => `ifNull(${name}, 0)`)
    .join(' + '),
)
const most = `arrayMax([${times.join(', ')}])`

/** `dominantOf` of waits.ts: the first of the longest times. */
function dominantSql(place: number): string {
  const isKnown = place === other ? 'cpu_ms IS NOT NULL' : `(cpu_ms IS NOT NULL OR ${most} > 0)`
  return `waits_outgoingMs IS NOT NULL AND ${isKnown} AND indexOf([${times.join(', ')}], ${most}) = ${place}`
}

/** A large number as the server writes it: without the plus of JavaScript's `1e+21`. */
function asWritten(text: string): string[] {
  return text.includes('e+') && String(Number(text)) === text ? [text.replace('e+', 'e')] : []
}

function texts(filter: RecordFilter): string[] {
  const { fields = {} } = filter
  return [...Object.values(filter), ...Object.keys(fields), ...Object.values(fields)].filter(
    (value) => typeof value === 'string',
  )
}

function clamped(ms: number): number {
  return Math.trunc(Math.max(firstMs, Math.min(lastMs, ms)))
}
