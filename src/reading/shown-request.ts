import type { StoredRecord } from '../records/record.js'
import { memberRows } from '../records/record-table.js'
import type { EstimateCpu } from './cpu-estimates.js'
import type { ListedRequest, Measured } from './listed-request.js'
import type { ReadRecord } from './reading.js'
import { summary } from './summary.js'
import { waitsByClock } from './summary-parts.js'
import { toldNotes, toldParts } from './told-parts.js'

/** A record with what is known of its time: all parts if it was measured, else those by the clock, and an estimate of its CPU. */
export function withMeasured<Shown extends StoredRecord>(record: Shown, estimate: EstimateCpu): Shown & Measured {
  if (record.cpu !== undefined) return { ...record, measured: true }
  const cpuEstimate = estimate(record)
  return {
    ...record,
    waits: waitsByClock(record),
    measured: false,
    ...(cpuEstimate === undefined ? {} : { cpuEstimate }),
  }
}

const listedNames: ReadonlySet<string> = new Set([
  ...memberRows.flatMap(([name, { inLists }]) => (inLists ? [name] : [])),
  'measured',
  'cpuEstimate',
])

/** A record as lists have it: without its own lists. */
export function listedRequest(record: StoredRecord, estimate: EstimateCpu): ListedRequest {
  const members = withMeasured(record, estimate)
  const listed: Record<string, unknown> = {}
  for (const name of Object.keys(members) as (keyof typeof members)[]) {
    if (listedNames.has(name) && members[name] !== undefined) listed[name] = members[name]
  }
  return listed as unknown as ListedRequest
}

/** The record with this id, else the first, with the ids of the others. `found` are as the reader may see them. */
export function readRecord(
  found: readonly StoredRecord[],
  id: string,
  source: ReadRecord['source'],
  estimate: EstimateCpu,
): ReadRecord | undefined {
  const first = found.find((one) => one.id === id) ?? found[0]
  if (first === undefined) return undefined
  const others = found.filter((one) => one !== first).map((one) => one.id)
  const record = withMeasured(first, estimate)
  return {
    ...record,
    source,
    ...(others.length > 0 ? { others } : {}),
    summary: summary(record),
    parts: toldParts(record),
    notes: toldNotes(record),
  }
}
