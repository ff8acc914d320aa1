import type { ComponentChildren, VNode } from 'preact'
import { count, duration, grouped, percent, type Shown, size } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import { Unknown, Value } from '../../parts/shown.js'
import type { UsageItem } from '../../protocol.js'
import { each, timeIn, unitFor } from './amounts.js'
import { knownCpu, type Measure } from './measures.js'
import type { Cell } from './sort.js'

/** A column of figures. */
export interface Column {
  readonly key: string
  readonly head: ComponentChildren
  /** Left out on small screens. */
  readonly isOptional?: boolean
  readonly value: (item: UsageItem) => Cell
  readonly cell: (item: UsageItem) => ComponentChildren
}

/** What the columns need to know of the answer and its reader. */
export interface Told {
  /** True if not all work is measured and CPU is known from windows, if at all. */
  readonly whyUnknown: string
  readonly seesHeld: boolean
}

/** Where no CPU is known. */
export function Zero(): VNode {
  return <span class="dim">0</span>
}

/** A figure; nothing of it is a dim 0. */
function Figure({ of, isZero }: { of: Shown; isZero: boolean }): VNode {
  return isZero ? <Zero /> : <Value of={of} />
}

/** A figure that windows may have estimated: `≈`, with their number in the title. */
export function Estimated({ item, of }: { item: Pick<UsageItem, 'exact' | 'windows'>; of: Shown }): VNode {
  if (item.exact) return <Value of={of} />
  const ground = `about; estimated, seen in ${counted(item.windows ?? 0, 'window')}`
  return (
    <span class="estimate" title={ground}>
      <span aria-hidden="true">≈</span>
      <span class="sr">{ground} </span>
      <Value of={of} />
    </span>
  )
}

const plainCount = (key: string, head: string, value: (item: UsageItem) => number, isOptional = true): Column => ({
  key,
  head,
  isOptional,
  value,
  cell: (item) => <Figure of={count(value(item))} isZero={value(item) === 0} />,
})

const time = (
  key: string,
  head: ComponentChildren,
  value: (item: UsageItem) => number | undefined,
  why: string,
): Column => ({
  key,
  head,
  isOptional: true,
  value,
  cell: (item) => {
    const ms = value(item)
    return ms === undefined ? <Unknown why={why} /> : <Figure of={duration(ms)} isZero={ms === 0} />
  },
})

const requests = plainCount('requests', 'Requests', (item) => item.requests)
const jobs = plainCount('jobs', 'Jobs', (item) => item.jobs)
const queries = plainCount('queries', 'Queries', (item) => item.queries)
const done = (item: UsageItem): number => item.requests + item.jobs
const noneEnded = 'no request or job ended'

const within95 = time('p95', '95 % within', ({ duration: { p95 } }) => p95, 'known for the 100 heaviest')
const mean = time('mean', 'Mean', (item) => (done(item) === 0 ? undefined : item.duration.mean), noneEnded)
const waited = time(
  'waited',
  <>
    Waited<span class="hide-s"> for a connection</span>
  </>,
  ({ poolMs }) => poolMs,
  '',
)

function cpuEach({ whyUnknown }: Told): Column {
  const value = (item: UsageItem): number | undefined => each(knownCpu(item), done(item))
  return {
    key: 'each',
    head: 'CPU each',
    isOptional: true,
    value,
    cell: (item) => {
      const ms = value(item)
      if (ms === undefined) return <Unknown why={done(item) === 0 ? noneEnded : whyUnknown} />
      return <Estimated item={item} of={duration(ms)} />
    },
  }
}

function cpu({ whyUnknown }: Told): Column {
  return {
    key: 'cpu',
    head: 'CPU',
    isOptional: true,
    value: knownCpu,
    cell: (item) => {
      const ms = knownCpu(item)
      return ms === undefined ? <Unknown why={whyUnknown} /> : <Estimated item={item} of={duration(ms)} />
    },
  }
}

function held({ whyUnknown }: Told): Column {
  const value = ({ heldOthers, exact, windows }: UsageItem): number | undefined =>
    exact || windows !== undefined ? heldOthers?.ms : undefined
  return {
    key: 'held',
    head: 'Held up others',
    value,
    cell: (item) => {
      const ms = value(item)
      if (ms === undefined) return <Unknown why={whyUnknown} />
      if (ms === 0) return <Zero />
      return (
        <span
          class={ms >= 60_000 ? 'held-ink strong' : undefined}
          title={counted(item.heldOthers?.requests ?? 0, 'request')}
        >
          <Estimated item={item} of={duration(ms)} />
        </span>
      )
    },
  }
}

const heldRequests: Column = {
  key: 'heldRequests',
  head: 'Requests held up',
  value: ({ heldOthers }) => heldOthers?.requests,
  cell: ({ heldOthers, ...item }) => {
    const requests = heldOthers?.requests ?? 0
    return requests === 0 ? <Zero /> : <Estimated item={item} of={count(requests)} />
  },
}

// From so many failures, and so large a share, on a failure stands out.
const manyFailures = 5
const manyShare = 0.02

const failed: Column = {
  key: 'failed',
  head: 'Failed',
  isOptional: true,
  value: ({ errors }) => errors,
  cell: (item) => {
    if (item.errors === 0) return <Zero />
    const share = item.errors / Math.max(1, done(item))
    const title = `${counted(item.errors, 'failure')}, ${(share * 100).toFixed(1)} % of all`
    if (item.errors < manyFailures || share < manyShare) return <span title={title}>{grouped(item.errors)}</span>
    return (
      <span class="error-ink" title={title}>
        ◆ {grouped(item.errors)}
      </span>
    )
  },
}

const failedShare: Column = {
  key: 'failedShare',
  head: 'Share failed',
  value: (item) => (done(item) === 0 ? undefined : item.errors / done(item)),
  cell: (item) =>
    done(item) === 0 ? (
      <Unknown why={noneEnded} />
    ) : (
      <Figure of={percent(item.errors / done(item))} isZero={item.errors === 0} />
    ),
}

function perRequest(head: string, value: (item: UsageItem) => number, shown: (value: number) => Shown): Column {
  const ofOne = (item: UsageItem): number | undefined => (done(item) === 0 ? undefined : value(item) / done(item))
  return {
    key: 'each',
    head,
    value: ofOne,
    cell: (item) => {
      const one = ofOne(item)
      return one === undefined ? <Unknown why={noneEnded} /> : <Figure of={shown(one)} isZero={one === 0} />
    },
  }
}

const few = (value: number): Shown => ({ digits: value < 10 ? value.toFixed(1) : grouped(value), unit: '' })
const timeEach = time('timeEach', 'Time each', (item) => each(item.queryMs, item.queries), 'no query ended')
const heldEach = time('heldEach', 'Held each', (item) => each(item.holdMs, done(item)), noneEnded)

/** The columns of figures beside the measure's own, for accounts. */
export function accountColumns(measure: Measure, told: Told): readonly Column[] {
  const all = columnsBy[measure.by]?.(told) ?? counterColumns(measure, told)
  return told.seesHeld ? all : all.filter(({ key }) => key !== 'held' && key !== 'heldRequests')
}

/** The columns of figures beside the measure's own, for routes: the first three that say most. */
export function routeColumns(measure: Measure, told: Told): readonly Column[] {
  const all = accountColumns(measure, told).filter(({ key }) => !routesLack.has(key))
  return all.slice(0, 3)
}

const routesLack: ReadonlySet<string> = new Set(['held', 'jobs', 'mean'])

const columnsBy: Readonly<Record<string, (told: Told) => readonly Column[]>> = {
  cpu: (told) => [requests, cpuEach(told), within95, held(told), failed],
  queries: () => [queries, perRequest('A request', (item) => item.queries, few), timeEach, waited, failed],
  heldUp: (told) => [heldRequests, requests, cpu(told), cpuEach(told), within95],
  bytes: () => [requests, perRequest('A request', (item) => item.bytes, size), within95, failed],
  requests: (told) => [jobs, mean, within95, cpu(told), failed],
  pool: () => [heldEach, waited, queries, within95],
  errors: () => [requests, jobs, failedShare, within95],
}

function counterColumns(measure: Measure, told: Told): readonly Column[] {
  return [requests, perRequest('A request', (item) => measure.value(item) ?? 0, few), cpu(told), within95]
}

/** The figure of the measure itself, in one unit for the whole column. */
export function measureShown(measure: Measure, max: number): (value: number) => Shown {
  if (measure.kind === 'bytes') return size
  if (measure.kind === 'count') return (value) => (Number.isInteger(value) ? count(value) : few(value))
  const unit = unitFor(max)
  return (value) => timeIn(value, unit)
}
