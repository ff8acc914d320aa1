import { Component, type VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { grouped } from '../../format/numbers.js'
import { minutes } from '../../format/times.js'
import { useWidth } from '../../parts/use-width.js'
import { listen } from '../../state/listen.js'
import type { Buckets } from './buckets.js'
import {
  barWords,
  basePx,
  bucketsPerBar,
  type ChartLayout,
  chartEnd,
  chartPx,
  chartSentence,
  layoutOf,
  type MissingSpan,
  missingSpans,
} from './chart-layout.js'
import type { Entry } from './entries.js'

interface Props {
  readonly buckets: Buckets
  readonly entries: readonly Entry[]
  /** The time from which lines were read; undefined: all there are. */
  readonly loadedFrom: number | undefined
  /** The service's time. */
  readonly now: number
  /** The time of the chosen line. */
  readonly chosenAt: number | undefined
  readonly onGo: (at: number) => void
}

/** Lines per five seconds over the last 15 minutes; warnings and errors below the line. Drawn once a second at most. */
export class Chart extends Component<Props> {
  override shouldComponentUpdate({ now, loadedFrom, chosenAt }: Props): boolean {
    const last = this.props
    return secondOf(now) !== secondOf(last.now) || loadedFrom !== last.loadedFrom || chosenAt !== last.chosenAt
  }

  override render(): VNode {
    return <Drawing {...this.props} />
  }
}

function secondOf(at: number): number {
  return Math.floor(at / 1_000)
}

function Drawing(props: Props): VNode {
  const { buckets, entries, loadedFrom, now, chosenAt } = props
  const { ref, width } = useWidth<SVGSVGElement>()
  const frozen = useRef<{ at: number; max: number }>({ at: now, max: 0 })
  const [pointed, setPointed] = useState<number>()
  // The chart stands still while it is pointed at. Its scale shrinks at the next minute only.
  const end = chartEnd(pointed === undefined ? now : frozen.current.at)
  const isNewMinute = Math.floor(end / 60_000) !== Math.floor(chartEnd(frozen.current.at) / 60_000)
  const bars = buckets.upTo(end, bucketsPerBar(width))
  const layout = layoutOf(bars, end, width, isNewMinute ? 0 : frozen.current.max)
  frozen.current = { at: pointed === undefined ? now : frozen.current.at, max: layout.max }
  const xOf = (at: number): number => ((at - layout.start) / (layout.end - layout.start)) * width
  usePointer(ref, layout, setPointed, props.onGo)
  return (
    <>
      <svg
        ref={ref}
        class="lines-chart"
        height={chartPx}
        viewBox={`0 0 ${Math.max(1, width)} ${chartPx}`}
        role="img"
        aria-label={chartSentence(bars)}
      >
        {width > 0 && (
          <>
            {missingSpans(entries, layout.start, layout.end, loadedFrom).map((span) => (
              <Missing key={`${span.from} ${span.label}`} span={span} xOf={xOf} width={width} />
            ))}
            <path d={layout.lines} class="f-ink3 bars" />
            <path d={layout.warnings} class="f-warn" />
            <path d={layout.errors} class="f-err" />
            <path d={`M0 ${basePx + 0.5}H${width}`} class="grid" />
            <text x="0" y="10" class="t3 scale">
              {grouped(layout.max)}
            </text>
            {layout.labels.map(({ x, text, anchor }) => (
              <text key={text} x={x} y="72" class="t3" text-anchor={anchor}>
                {text}
              </text>
            ))}
            {chosenAt !== undefined && chosenAt >= layout.start && (
              <path d={`M${xOf(chosenAt).toFixed(1)} 2V60`} class="chosen" />
            )}
            {pointed !== undefined && <Pointed layout={layout} at={pointed} width={width} />}
          </>
        )}
      </svg>
      <Numbers layout={layout} />
    </>
  )
}

function Missing({ span, xOf, width }: { span: MissingSpan; xOf: (at: number) => number; width: number }): VNode {
  const x = xOf(span.from)
  const spanPx = Math.max(2, xOf(span.to) - x)
  const label = labelAt(x, spanPx, width)
  return (
    <g class={span.isLost ? 'lost' : 'unloaded'}>
      <rect x={x} y="2" width={spanPx} height="57" />
      {spanPx < width - 2 && span.isLost && <path d={`M${x} 2v57M${x + spanPx} 2v57`} />}
      {width > 640 && (span.isLost || label.anchor === 'middle') && (
        <text x={label.x} y={label.anchor === 'middle' ? 28 : 12} text-anchor={label.anchor}>
          {span.label}
        </text>
      )}
    </g>
  )
}

const labelPx = 170

/** The label stands in its span, if there is room, or at the side that has room. */
function labelAt(x: number, spanPx: number, width: number): { x: number; anchor: 'start' | 'middle' | 'end' } {
  if (spanPx > labelPx) return { x: x + spanPx / 2, anchor: 'middle' }
  const isRight = x + spanPx + labelPx < width
  return isRight ? { x: x + spanPx + 6, anchor: 'start' } : { x: x - 6, anchor: 'end' }
}

function Pointed({ layout, at, width }: { layout: ChartLayout; at: number; width: number }): VNode | null {
  const bucket = layout.buckets[at]
  if (bucket === undefined) return null
  const step = width / layout.buckets.length
  const isRight = at > layout.buckets.length / 2
  return (
    <g class="pointed">
      <rect x={at * step} y="2" width={step} height="58" />
      <text x={isRight ? at * step - 6 : (at + 1) * step + 6} y="12" class="t1" text-anchor={isRight ? 'end' : 'start'}>
        {barWords(layout.start + at * layout.stepMs, bucket)}
      </text>
    </g>
  )
}

/** The chart for screen readers, by minute. */
function Numbers({ layout }: { readonly layout: ChartLayout }): VNode {
  const perMinute = Math.round(60_000 / layout.stepMs)
  const rows: VNode[] = []
  for (let at = 0; at < layout.buckets.length; at += perMinute) {
    const part = layout.buckets.slice(at, at + perMinute)
    const sum = (name: 'lines' | 'warnings' | 'errors'): number => part.reduce((total, one) => total + one[name], 0)
    rows.push(
      <tr key={at}>
        <th scope="row">{minutes(layout.start + at * layout.stepMs)}</th>
        <td>{sum('lines')}</td>
        <td>{sum('warnings')}</td>
        <td>{sum('errors')}</td>
      </tr>,
    )
  }
  return (
    <div class="sr">
      <table>
        <caption>Log lines by minute</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Lines</th>
            <th scope="col">Warnings</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    </div>
  )
}

function usePointer(
  ref: { readonly current: SVGSVGElement | null },
  layout: ChartLayout,
  setPointed: (at: number | undefined) => void,
  onGo: (at: number) => void,
): void {
  const last = useRef({ layout, onGo })
  last.current = { layout, onGo }
  useEffect(() => {
    const chart = ref.current
    if (chart === null) return
    const placeOf = (event: MouseEvent): number => {
      const { left, width } = chart.getBoundingClientRect()
      return Math.floor(((event.clientX - left) / width) * last.current.layout.buckets.length)
    }
    return listen(chart, {
      pointermove: (event) => {
        if (event.pointerType !== 'touch') setPointed(placeOf(event))
      },
      pointerleave: () => setPointed(undefined),
      click: (event) => {
        const { start, stepMs } = last.current.layout
        last.current.onGo(start + placeOf(event) * stepMs)
      },
    })
  }, [])
}
