import type { VNode } from 'preact'
import { shownAt } from './cursor.js'
import type { StoryLayout } from './layout/place.js'

/** The line at the shown moment, and its time. It alone moves with the pointer. */
export function Crosshair({ layout }: { readonly layout: StoryLayout }): VNode | null {
  const { scale, height, width } = layout
  const at = shownAt.value
  if (at === undefined || at < scale.from || at > scale.to) return null
  const x = scale.x(at)
  const text = momentText(at, (scale.to - scale.from) / (scale.right - scale.left))
  const wide = Math.max(56, text.length * 6.4 + 12)
  const middle = Math.min(width - wide / 2, Math.max(wide / 2, x))
  return (
    <g class="crosshair">
      <line class="cross" x1={x} x2={x} y1={24} y2={height} />
      <rect class="f-bg" x={middle - wide / 2 - 18} y={5} width={wide + 36} height={17} />
      <rect class="flag" x={middle - wide / 2} y={5} width={wide} height={18} rx={3} />
      <text class="flagt" x={middle} y={18}>
        {text}
      </text>
    </g>
  )
}

/** A moment with as many decimals as the axis tells apart. */
export function momentText(at: number, msPerPx: number): string {
  if (msPerPx >= 100) return `${minus((at / 1_000).toFixed(1))} s`
  const decimals = msPerPx < 0.02 ? 3 : msPerPx < 0.1 ? 2 : msPerPx < 10 ? 1 : 0
  return `${minus(at.toFixed(decimals))} ms`
}

function minus(digits: string): string {
  return digits.replace('-', '−')
}
