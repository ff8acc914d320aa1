import { grouped } from '../../../format/numbers.js'
import { counted } from '../../../format/texts.js'
import type { RecordedQueryKind, RecordedQueryRun, RequestDetail } from '../../../protocol.js'
import { type Interval, stretch } from './intervals.js'
import { around, heights, type Label, type Lane, type Mark } from './lane.js'
import { whenIsUnknown } from './own-lanes.js'
import type { StoryInput } from './story-input.js'
import { ms, named, queryWord, systemName } from './words.js'

// Runs of one statement from this number on are said to be repeated.
const repeatedFrom = 3
const maxRows = 8
// A system below this share of the duration stays one lane.
const minShare = 0.01

/** One statement, with the runs that the record kept. */
interface Row {
  readonly kind: RecordedQueryKind
  readonly key: string
  readonly runs: readonly Run[]
}

interface Run extends Interval {
  readonly errorCode?: string | undefined
}

/** The lanes of databases and caches: one for each system, and below it a row for each statement. */
export function queryLanes(input: StoryInput): Lane[] {
  const { queries, queryKinds = [], queryRuns = [], durationMs } = input.record
  if (queries === undefined) return []
  if (queryKinds.length === 0) return sumLanes(input.record)
  const rows = rowsOf(queryKinds, queryRuns, durationMs)
  const known = Object.entries(queries.bySystem)
  const lanes = known.flatMap(([system, sum]) =>
    systemLanes(
      input,
      system,
      sum,
      rows.filter((row) => row.kind.system === system),
    ),
  )
  const unknown = queryRuns.filter(({ kind }) => kind === undefined || queryKinds[kind] === undefined)
  if (unknown.length > 0) lanes.push(otherLane(unknown, durationMs))
  return lanes
}

/** Of a record that has the sums alone: the systems, and the statements that were repeated. */
function sumLanes(record: RequestDetail): Lane[] {
  const { bySystem = {}, repeated = [] } = record.queries ?? {}
  const start = { from: 0, to: 0 }
  return Object.entries(bySystem).flatMap(([system, sum]): Lane[] => [
    {
      key: `system ${system}`,
      name: systemName(system),
      note: `${grouped(sum.calls)} ${queryWord(system, sum.calls)}`,
      total: ms(sum.ms),
      marks: [],
      label: {
        text: `when they ran is not known: ${whenIsUnknown(record)}`,
        short: 'when is not known',
        beside: start,
      },
    },
    ...repeated
      .filter((one) => one.system === system)
      .map(
        (one, at): Lane => ({
          key: `repeated ${system} ${at}`,
          isSub: true,
          ...namesOf(one.summary),
          note: `× ${grouped(one.calls)}`,
          total: ms(one.ms),
          marks: [],
          label: repeatedLabel(one, start),
        }),
      ),
  ])
}

function namesOf(summary = 'query'): Pick<Lane, 'verb' | 'name'> {
  const [verb = '', ...rest] = summary.split(' ')
  return { verb: named(verb, 20), name: named(rest.join(' '), 60) }
}

/** The plain finding. */
function repeatedLabel({ calls, ms: sum }: { readonly calls: number; readonly ms: number }, beside: Interval): Label {
  return {
    text: `repeated: ${grouped(calls)} equal queries, ${ms(sum / calls)} each`,
    short: `repeated: ${grouped(calls)} equal`,
    beside,
    tone: 'query',
    title: 'Equal: the same statement, whatever its values',
  }
}

/** The rows in the order of their first run; those without a kept run are last. */
function rowsOf(kinds: readonly RecordedQueryKind[], runs: readonly RecordedQueryRun[], end: number): Row[] {
  const byKind = kinds.map((): Run[] => [])
  for (const run of runs) {
    const shown = runOf(run, end)
    if (run.kind !== undefined && shown !== undefined) byKind[run.kind]?.push(shown)
  }
  const rows = kinds.map((kind, at): Row => ({ kind, key: `query ${at}`, runs: byKind[at] ?? [] }))
  return rows.sort((one, other) => (one.runs[0]?.from ?? Infinity) - (other.runs[0]?.from ?? Infinity) || 0)
}

function runOf({ startMs, durationMs, errorCode }: RecordedQueryRun, end: number): Run | undefined {
  const at = stretch(startMs, durationMs ?? Math.max(0, end - startMs))
  return at === undefined ? undefined : { ...at, errorCode }
}

function systemLanes(
  { record, isOpened }: StoryInput,
  system: string,
  sum: { readonly calls: number; readonly ms: number },
  rows: readonly Row[],
): Lane[] {
  const runs = rows.flatMap((row) => row.runs)
  const isSmall = sum.ms < record.durationMs * minShare && !isOpened
  const kept = isOpened ? rows : keptRows(rows)
  const folded = rows.filter((row) => !kept.includes(row))
  const missing = sum.calls - runs.length
  const lane: Lane = {
    key: `system ${system}`,
    name: systemName(system),
    note: `${grouped(sum.calls)} ${queryWord(system, sum.calls)}`,
    total: ms(sum.ms),
    title: [
      'Queries that ran at the same time are all counted',
      missing > 0 && `${grouped(runs.length)} of ${grouped(sum.calls)} are drawn: a record keeps the first 50`,
    ]
      .filter(Boolean)
      .join('. '),
    marks: marksOf(runs, isSmall ? heights.row : heights.thin),
    isFolded: isSmall && rows.length > 0,
    ...(isSmall && rows.length === 1 && runs.length > 0
      ? { label: { text: summaryOf(rows[0] as Row), beside: around(runs) } }
      : {}),
  }
  if (isSmall) return [lane]
  const slowest = rows.reduce((most, { kind }) => Math.max(most, kind.slowestMs), 0)
  const lanes = [lane, ...kept.map((row) => rowLane(row, slowest, rows.length))]
  if (folded.length > 0) lanes.push(foldedLane(system, folded))
  return lanes
}

/** What is repeated or slowest keeps its row. */
function keptRows(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= maxRows) return rows
  const isRepeated = ({ kind }: Row): number => (kind.calls >= repeatedFrom ? 1 : 0)
  const first = [...rows].sort((one, other) => isRepeated(other) - isRepeated(one) || other.kind.ms - one.kind.ms)
  const slowest = rows.reduce((most, row) => (row.kind.slowestMs > most.kind.slowestMs ? row : most))
  const kept = new Set([...new Set([slowest, ...first])].slice(0, maxRows - 1))
  return rows.filter((row) => kept.has(row))
}

function rowLane(row: Row, slowestMs: number, ofRows: number): Lane {
  const { kind, key, runs } = row
  return {
    key,
    isSub: true,
    ...namesOf(kind.summary),
    note: kind.calls > 1 ? `× ${grouped(kind.calls)}` : undefined,
    total: ms(kind.ms),
    title: kind.text === undefined ? undefined : named(kind.text, 600),
    marks: marksOf(runs, heights.row),
    label: runs.length === 0 ? undefined : labelOf(row, slowestMs, ofRows),
  }
}

function labelOf({ kind, runs }: Row, slowestMs: number, ofRows: number): Label | undefined {
  const beside = around(runs)
  const codes = [...new Set(runs.map(({ errorCode }) => errorCode).filter((code) => code !== undefined))]
  if (kind.errors !== undefined || codes.length > 0) {
    const count = kind.errors ?? codes.length
    const text = `◆ ${counted(count, 'failed', 'failed')}${codes.length === 0 ? '' : ` (${named(codes.join(', '), 40)})`}`
    return { text, short: '◆ failed', beside, tone: 'fail' }
  }
  if (kind.calls >= repeatedFrom) return repeatedLabel(kind, beside)
  return ofRows > 1 && kind.slowestMs === slowestMs ? { text: 'the slowest', beside } : undefined
}

function foldedLane(system: string, rows: readonly Row[]): Lane {
  const runs = rows.flatMap((row) => row.runs)
  return {
    key: `others ${system}`,
    isSub: true,
    isFolded: true,
    name: counted(rows.length, 'other'),
    total: ms(rows.reduce((sum, { kind }) => sum + kind.ms, 0)),
    marks: marksOf(runs, heights.row),
  }
}

/** Queries of statements that the record did not keep: it has the 20 with the most time. */
function otherLane(runs: readonly RecordedQueryRun[], end: number): Lane {
  const shown = runs.map((run) => runOf(run, end)).filter((run) => run !== undefined)
  return {
    key: 'other queries',
    name: 'Other queries',
    note: grouped(runs.length),
    total: ms(shown.reduce((sum, { from, to }) => sum + to - from, 0)),
    title: 'A record keeps the 20 statements with the most time',
    marks: marksOf(shown, heights.row),
  }
}

function marksOf(runs: readonly Interval[], height: number): Mark[] {
  return runs.map(({ from, to }) => ({ from, to, look: 'query', height }))
}

function summaryOf({ kind }: Row): string {
  return named(kind.summary ?? 'query')
}
