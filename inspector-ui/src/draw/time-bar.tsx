import type { VNode } from 'preact'
import type { Part } from './kinds.js'
import { layers } from './layers.js'

interface Props {
  readonly parts: readonly Part[]
  /** The duration so far, in ms. */
  readonly durationMs: number
  /** The duration at the right end of the scale, in ms. */
  readonly maxMs: number
  readonly width: number
  readonly height?: number
  /** Where grid lines stand, in ms. */
  readonly grid?: readonly number[]
  readonly state?: 'done' | 'open' | 'lost' | undefined
}

const barHeight = 10
// Room for the arrow of what is longer than the scale.
const room = 14

/** The time bar of one request in a list. It carries no words: its row says them. */
export function TimeBar({ parts, durationMs, maxMs, width, height = 30, grid = [], state = 'done' }: Props): VNode {
  const x = (ms: number): number => Math.min(1, ms / maxMs) * (width - room)
  const middle = height / 2
  const top = middle - barHeight / 2
  // What is lost ends in a diamond, which needs room also where the bar is longer than the scale.
  const end = Math.min(x(durationMs), width - 44)
  return (
    <svg class="time-bar" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {grid.map((ms) => (
        <line key={ms} class="grid" x1={x(ms) + 0.5} x2={x(ms) + 0.5} y1={0} y2={height} />
      ))}
      <Parts parts={parts} maxMs={maxMs} x={x} top={top} middle={middle} />
      {durationMs > maxMs && state !== 'lost' && (
        <path class="over" d={`M${x(maxMs) + 3} ${top}l6 ${barHeight / 2}-6 ${barHeight / 2}`} />
      )}
      {state === 'open' && <path class="open" d={`M${x(durationMs) + 2} ${top - 2}v${barHeight + 4}`} />}
      {state === 'lost' && (
        <>
          <path class="unk" d={`M${end + 3} ${middle}h22`} />
          <path class="f-err" d={`M${end + 34} ${middle - 4.5}l4.5 4.5-4.5 4.5-4.5-4.5z`} />
        </>
      )}
    </svg>
  )
}

interface PartsProps {
  readonly parts: readonly Part[]
  readonly maxMs: number
  readonly x: (ms: number) => number
  readonly top: number
  readonly middle: number
}

function Parts({ parts, maxMs, x, top, middle }: PartsProps): VNode {
  const shapes: VNode[] = []
  let at = 0
  for (const { kind, ms } of parts) {
    if (at >= maxMs) break
    const start = x(at)
    const width = Math.max(kind === 'cpu' ? 2 : 0.5, x(at + ms) - start)
    shapes.push(...shapesOf(kind, start, width, top, middle))
    at += ms
  }
  return <>{shapes}</>
}

function shapesOf(kind: Part['kind'], x: number, width: number, top: number, middle: number): VNode[] {
  const rect = (name: string, y: number, height: number, from = x, wide = width): VNode => (
    <rect class={name} x={from.toFixed(2)} y={y} width={wide.toFixed(2)} height={height} />
  )
  switch (kind) {
    case 'cpu':
      // Own CPU stands taller, so it is told apart without its hue.
      return [rect('f-bg', top, barHeight, x - 1, width + 2), rect('f-cpu', top - 2, barHeight + 4)]
    case 'held':
      return [<rect fill="url(#held)" x={x.toFixed(2)} y={top} width={width.toFixed(2)} height={barHeight} />]
    case 'query':
      return [<path class="f-query" d={layers(x, top, width, barHeight)} />]
    case 'pool':
      return [<path class="f-qpale" d={layers(x, top, width, barHeight)} />]
    case 'unknown':
      return [<path class="unk" d={`M${x.toFixed(2)} ${middle}H${(x + width).toFixed(2)}`} />]
    case 'call':
      return [rect('f-pale', top, barHeight)]
    default:
      return [rect('f-wait', middle - 1.5, 3)]
  }
}
