import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { serverNow } from '../../api/session.js'
import { duration, plain } from '../../format/numbers.js'
import { seconds } from '../../format/times.js'
import { useWidth } from '../../parts/use-width.js'
import type { RequestPoint, RequestsSummary } from '../../protocol.js'
import { go, linkToStory } from '../../state/route.js'
import type { OpenRow } from './feed.js'
import { Axes } from './scatter-axes.js'
import {
  type Dot,
  decades,
  dotsOf,
  type Frame,
  nearest,
  pathsOf,
  scaleOf,
  shapeNames,
  shapes,
  tableOf,
  thinned,
  timeRange,
} from './scatter-layout.js'

const height = 156
const reachPx = 9
// More would be one blot on a narrow screen.
const dotsPerPx = 2

interface Props {
  readonly summary: RequestsSummary
  readonly open: readonly OpenRow[]
}

/** The last 15 minutes: duration by time. Colour and shape say what most of the time went to. A point opens its story. */
export function Scatter({ summary, open }: Props): VNode {
  const { ref, width } = useWidth<SVGSVGElement>(true)
  const { points, from } = summary
  const now = serverNow()
  const range = timeRange(now)
  // The scale of the durations, too, changes at minute boundaries only.
  const powers = useMemo(() => decades(points), [range.from, points.length === 0])
  const frame: Frame = { width, height, left: 52, right: 6, top: 6, bottom: 20 }
  const scale = scaleOf(frame, range, powers)
  const dots = useMemo(
    () => (width === 0 ? [] : dotsOf(thinned(points, width * dotsPerPx), Date.parse(from), range, scale)),
    [points, width, range.from, powers],
  )
  const paths = useMemo(() => pathsOf(dots), [dots])
  const [pointed, point] = useState<Dot | undefined>(undefined)
  const find = (event: MouseEvent): Dot | undefined => {
    const box = ref.current?.getBoundingClientRect()
    return box && nearest(dots, event.clientX - box.left, event.clientY - box.top, reachPx)
  }
  const openPointed = (event: MouseEvent): void => {
    const dot = find(event)
    if (dot !== undefined) go(linkToStory(dot.id))
  }
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard, the list leads to the same stories */}
      <svg
        ref={ref}
        class={pointed === undefined ? 'scatter' : 'scatter pointed'}
        height={height}
        role="img"
        aria-label={`Duration of each request in the last 15 minutes, by what most of its time went to. ${summary.summary}`}
        onPointerMove={(event) => point(find(event))}
        onPointerLeave={() => point(undefined)}
        onClick={openPointed}
      >
        {width > 0 && <Axes frame={frame} scale={scale} powers={powers} range={range} now={now} />}
        {shapes.map(
          (shape) => paths[shape] !== undefined && <path key={shape} class={`d-${shape}`} d={paths[shape]} />,
        )}
        {width > 0 &&
          open.map(({ request }) => (
            <circle
              key={request.id}
              class="d-open"
              cx={Math.min(width - 9, scale.x(Math.max(range.from, Date.parse(request.startedAt)))).toFixed(1)}
              cy={scale.y(request.openMs).toFixed(1)}
              r="3"
            />
          ))}
        {pointed !== undefined && <Pointed dot={pointed} width={width} />}
      </svg>
      <ChartTable points={points} />
    </>
  )
}

/** What the pointed request says. */
function Pointed({ dot, width }: { readonly dot: Dot; readonly width: number }): VNode {
  const { x, y, at, point } = dot
  const words = `${plain(duration(point.durationMs))}, ${shapeNames[point.failed ? 'failed' : point.dominant]}, ${seconds(at)}`
  const boxWidth = words.length * 5.6 + 16
  const left = x > width - boxWidth - 20 ? x - boxWidth - 12 : x + 12
  const top = Math.max(1, Math.min(height - 42, y - 11))
  return (
    <g>
      <circle class="ring" cx={x} cy={y} r="6" />
      <rect class="said" x={left} y={top} width={boxWidth} height="22" rx="3" />
      <text class="t1" x={left + boxWidth / 2} y={top + 15} text-anchor="middle">
        {words}
      </text>
    </g>
  )
}

/** The chart for screen readers. */
function ChartTable({ points }: { readonly points: readonly RequestPoint[] }): VNode {
  return (
    <div class="sr">
      <table>
        <caption>Requests of the last 15 minutes, by what most of their time went to</caption>
        <thead>
          <tr>
            <th>Kind</th>
            <th>Requests in the chart</th>
            <th>The longest</th>
          </tr>
        </thead>
        <tbody>
          {tableOf(points).map(({ shape, count, longest }) => (
            <tr key={shape}>
              <td>{shapeNames[shape]}</td>
              <td>{count}</td>
              <td>{longest}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
