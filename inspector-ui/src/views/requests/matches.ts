import type { DominantTime, ListedRequest, LiveRequest } from '../../protocol.js'
import type { RequestFilter } from './filter.js'

/*
 * The service applies the filter to what it lists. Events of the live stream and open requests come for all filters, so the page applies
 * it to them, by the same rules (src/records/filter.ts, src/records/waits.ts).
 */

/** Whether a finished request or job belongs into the list. */
export function matches(filter: RequestFilter, item: ListedRequest): boolean {
  const { kind, status, minMs, dominant, process, measured, errorCode, fields } = filter
  return (
    (kind === undefined || item.kind === kind) &&
    isOf(filter, item) &&
    (status === undefined || isStatus(item.status, status)) &&
    (minMs === undefined || item.durationMs >= minMs) &&
    (measured === undefined || item.measured === measured) &&
    (process === undefined || isProcess(item.instance, process)) &&
    (errorCode === undefined || codeOf(item.error) === errorCode) &&
    (dominant === undefined || dominantOf(item) === dominant) &&
    fields.every(([name, value]) => hasField(item.fields, name, value))
  )
}

/** Whether an open request may belong into the list. Its status, its fields and where its time goes are not known yet. */
export function matchesOpen(filter: RequestFilter, item: LiveRequest): boolean {
  const { kind, status, minMs, dominant, process, measured, errorCode, fields } = filter
  return (
    (kind === undefined || item.kind === kind) &&
    isOf(filter, item) &&
    (minMs === undefined || item.openMs >= minMs) &&
    (process === undefined || item.instance === undefined || isProcess(item.instance, process)) &&
    (measured === undefined || (item.cpuMs !== undefined) === measured) &&
    status === undefined &&
    dominant === undefined &&
    errorCode === undefined &&
    fields.length === 0
  )
}

function isOf(filter: RequestFilter, item: ListedRequest | LiveRequest): boolean {
  const { account, user, route, parentId } = filter
  return (
    (account === undefined || item.account === account) &&
    (user === undefined || item.user === user) &&
    (route === undefined || item.route === route) &&
    (parentId === undefined || item.parentId === parentId)
  )
}

function isStatus(status: number | undefined, wanted: string): boolean {
  if (status === undefined) return false
  return wanted.endsWith('xx') ? Math.floor(status / 100) === Number(wanted[0]) : String(status) === wanted
}

/** Whether `wanted` names the process `host:pid`: its host, its pid, or both. */
export function isProcess(instance: string, wanted: string): boolean {
  const { host, pid } = processParts(instance)
  return wanted === instance || wanted === host || wanted === pid || wanted === `${host} ${pid}`
}

/** The parts of `host:pid`. */
export function processParts(instance: string): { readonly host: string; readonly pid: string } {
  const colon = instance.lastIndexOf(':')
  return { host: instance.slice(0, Math.max(0, colon)), pid: instance.slice(colon + 1) }
}

function hasField(fields: ListedRequest['fields'], name: string, wanted: string): boolean {
  if (fields === undefined || !Object.hasOwn(fields, name)) return false
  const value: unknown = fields[name]
  return (typeof value !== 'object' || value === null) && String(value) === wanted
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined
}

/** The kind of time that took most of a request's duration; undefined if that is not known. */
export function dominantOf({ cpu, waits }: Pick<ListedRequest, 'cpu' | 'waits'>): DominantTime | undefined {
  if (waits === undefined) return undefined
  const { heldUpMs = 0, outgoingMs, queriesMs = 0, poolMs = 0, stepsMs = 0, otherMs = 0, unmeasuredMs } = waits
  const times: readonly (readonly [DominantTime | undefined, number])[] = [
    ['cpu', cpu?.ms ?? 0],
    ['held', heldUpMs],
    ['outgoing', outgoingMs],
    ['queries', queriesMs],
    ['pool', poolMs],
    [cpu === undefined ? undefined : 'other', stepsMs + otherMs + unmeasuredMs],
  ]
  const [kind, ms] = times.reduce((most, one) => (one[1] > most[1] ? one : most))
  return cpu !== undefined || ms > 0 ? kind : undefined
}
