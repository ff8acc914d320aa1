import type { Paint } from '../../logging/formatters/pretty/colours.js'
import type { ShownLine } from '../../reading/story/story.js'
import type { StoredRecord } from '../../records/record.js'
import { duration } from '../../safe-values/duration.js'
import { type TimeKind as Kind, kindColours } from '../words.js'

const signs: Readonly<Record<Kind, string>> = {
  other: '·',
  unknown: '?',
  outgoing: '░',
  queries: '≡',
  held: '╱',
  cpu: '█',
}

interface Stretch {
  readonly kind: Kind
  readonly start: number
  readonly end: number
}

/**
 * A request on its time axis: when its code ran, when its calls were open, when it was held up. From a request line and log lines,
 * not everything has a place: what has none is `·` for a measured request, else `?`. Empty if nothing has a place.
 */
export function timeBar(record: StoredRecord, lines: readonly ShownLine[], columns: number, paint: Paint): string[] {
  const { durationMs, cpu } = record
  if (durationMs <= 0) return []
  const cells: Kind[] = new Array(columns).fill(cpu === undefined ? 'unknown' : 'other')
  const stretches = stretchesOf(record, lines)
  if (stretches.length === 0) return []
  for (const { kind, start, end } of stretches) {
    const from = Math.max(0, Math.floor((start / durationMs) * columns))
    const to = Math.min(columns, Math.max(from + 1, Math.round((end / durationMs) * columns)))
    for (let at = from; at < to; at++) cells[at] = kind
  }
  return [axis(durationMs, columns), `${runs(cells, paint)}│`]
}

function stretchesOf(record: StoredRecord, lines: readonly ShownLine[]): Stretch[] {
  const start = Date.parse(record.startedAt)
  const calls = lines.flatMap(({ time, fields }) => {
    const ms = fields?.['durationMs']
    if (time === undefined || fields?.['host'] === undefined || typeof ms !== 'number') return []
    const end = Date.parse(time) - start
    return [{ kind: 'outgoing' as const, start: end - ms, end }]
  })
  const listed = record.outgoing.map(({ startMs, durationMs = 0 }) => ({
    kind: 'outgoing' as const,
    start: startMs,
    end: startMs + durationMs,
  }))
  const queries = record.queryRuns.map(({ startMs, durationMs = 0 }) => ({
    kind: 'queries' as const,
    start: startMs,
    end: startMs + durationMs,
  }))
  const ran = (record.timeline ?? []).map(([at, ms]) => ({ kind: 'cpu' as const, start: at, end: at + ms }))
  return [...(listed.length > 0 ? listed : calls), ...queries, ...heldUp(record), ...ran]
}

function heldUp(record: StoredRecord): Stretch[] {
  const { heldUp: stretches = [] } = record as { heldUp?: readonly { startMs: number; durationMs: number }[] }
  return stretches.map(({ startMs, durationMs }) => ({
    kind: 'held' as const,
    start: startMs,
    end: startMs + durationMs,
  }))
}

function runs(cells: readonly Kind[], paint: Paint): string {
  let text = ''
  for (let at = 0; at < cells.length; ) {
    const kind = cells[at] as Kind
    let end = at
    while (cells[end] === kind) end++
    text += paint(kindColours[kind], signs[kind].repeat(end - at))
    at = end
  }
  return text
}

/** `0        100        200 … 812 ms` */
function axis(durationMs: number, columns: number): string {
  const last = duration(durationMs)
  const step = niceStep(durationMs, Math.floor(columns / 12))
  let row = '0'
  for (let tick = step; tick < durationMs; tick += step) {
    const label = durationMs >= 1_000 ? String(Math.round(tick / 10) / 100) : String(Math.round(tick * 100) / 100)
    const at = Math.round((tick / durationMs) * columns)
    if (at + label.length + 1 > columns - last.length) break
    if (at > row.length) row = row.padEnd(at) + label
  }
  return row.padEnd(Math.max(row.length + 1, columns + 1 - last.length)) + last
}

function niceStep(total: number, most: number): number {
  const rough = total / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough
}
