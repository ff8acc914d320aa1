import type { ComponentChildren, VNode } from 'preact'
import { layers } from '../../draw/layers.js'
import { sparkPath } from '../../draw/spark-path.js'
import { Unknown } from '../../parts/shown.js'
import type { UsageItem } from '../../protocol.js'
import { Estimated, Zero } from './columns.js'
import type { Measure } from './measures.js'
import type { Order } from './sort.js'

/** The head of a column that a press sorts by. */
export function SortHead(props: {
  readonly of: string
  readonly order: Order
  readonly onSort: (column: string) => void
  readonly class?: string
  readonly children: ComponentChildren
}): VNode {
  const { of, order, onSort, class: name, children } = props
  const isSorted = order.column === of
  const sort = !isSorted ? undefined : order.isUp ? 'ascending' : 'descending'
  return (
    <th scope="col" class={name} aria-sort={sort}>
      <button type="button" class="sort" onClick={() => onSort(of)}>
        {children}
      </button>
    </th>
  )
}

/** The figure of the measure, and its bar beside the largest one's. */
export function MeasureCell(props: {
  readonly item: UsageItem
  readonly measure: Measure
  readonly max: number
  readonly shown: (value: number) => { digits: string; unit: string }
  readonly whyUnknown: string
}): VNode {
  const { item, measure, max, shown, whyUnknown } = props
  const value = measure.value(item)
  if (value === undefined) return <Unknown why={whyUnknown} />
  const of = shown(value)
  const isEstimate = measure.isMeasured && !item.exact
  return (
    <span class="share">
      <span class="v">
        {value === 0 && !isEstimate ? (
          <Zero />
        ) : (
          <Estimated item={{ exact: !isEstimate, windows: item.windows }} of={of} />
        )}
      </span>
      <ShareBar measure={measure} part={max > 0 ? value / max : 0} />
    </span>
  )
}

const barWidth = 70

/** A bar in the look of its kind of time. */
export function ShareBar({ measure, part, fill }: { measure?: Measure; part: number; fill?: string }): VNode {
  const width = part > 0 ? Math.max(1.5, Math.min(1, part) * barWidth) : 0
  const hue = fill ?? hues[measure?.hue ?? '']
  return (
    <svg class="share-bar" width={barWidth} height={20} viewBox={`0 0 ${barWidth} 20`} aria-hidden="true">
      {width > 0 && hue === 'f-query' && <path class={hue} d={layers(0, 5, width, 10)} />}
      {width > 0 && hue === 'held' && <rect fill="url(#held)" x={0} y={5} width={width} height={10} />}
      {width > 0 && hue !== 'f-query' && hue !== 'held' && <rect class={hue} x={0} y={5} width={width} height={10} />}
    </svg>
  )
}

const hues: Readonly<Record<Measure['hue'], string>> = {
  '': 'f-cpu',
  'by-query': 'f-query',
  'by-held': 'held',
  'by-plain': 'f-ink3',
}

const sparkWidth = 150
const sparkHeight = 24

/** The figure by minute, each row on its own scale. */
export function Spark({
  values,
  isHeaviest,
}: {
  values: readonly number[] | undefined
  isHeaviest: boolean
}): VNode | null {
  if (values === undefined || values.length < 2) return null
  const max = values.reduce((most, value) => Math.max(most, value), 0)
  if (max === 0) return null
  const line = sparkPath(values, max, sparkWidth, sparkHeight - 3)
  return (
    <svg
      class={isHeaviest ? 'spark heaviest' : 'spark'}
      viewBox={`0 0 ${sparkWidth} ${sparkHeight}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <g transform="translate(0 2)">
        <path class="ground" d={`${line}V${sparkHeight - 3}H0Z`} />
        <path class="line" d={line} />
      </g>
    </svg>
  )
}
