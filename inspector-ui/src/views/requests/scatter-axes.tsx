import type { VNode } from 'preact'
import { minutes } from '../../format/times.js'
import { decadeLabel, type Frame, type Powers, type Scale, type TimeRange } from './scatter-layout.js'

interface Props {
  readonly frame: Frame
  readonly scale: Scale
  readonly powers: Powers
  readonly range: TimeRange
  readonly now: number
}

const minuteMs = 60_000
// A label takes about so much room.
const labelPx = 44

/** The lines and labels of the chart. */
export function Axes({ frame, scale, powers, range, now }: Props): VNode {
  const { width, height, left, right } = frame
  const lines = Array.from({ length: powers.high - powers.low + 1 }, (_, at) => powers.low + at)
  const everyMs = minuteMs * (width < 640 ? 5 : width < 1_000 ? 2 : 1)
  const nowX = scale.x(now)
  const times: number[] = []
  for (let at = range.from; at < range.to; at += everyMs) if (scale.x(at) < nowX - labelPx) times.push(at)
  return (
    <g>
      {lines.map((power) => (
        <g key={power}>
          <line class="grid" x1={left} x2={width - right} y1={scale.y(10 ** power)} y2={scale.y(10 ** power)} />
          <text class="t3" x={left - 10} y={scale.y(10 ** power) + 4} text-anchor="end">
            {decadeLabel(power)}
          </text>
        </g>
      ))}
      {times.map((at) => (
        <text key={at} class="t3" x={scale.x(at)} y={height - 4} text-anchor={at === range.from ? 'start' : 'middle'}>
          {minutes(at)}
        </text>
      ))}
      <text class="t3" x={Math.min(nowX + 12, width - right)} y={height - 4} text-anchor="end">
        now
      </text>
    </g>
  )
}
