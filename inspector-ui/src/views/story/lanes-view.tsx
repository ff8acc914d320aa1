import type { VNode } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { useWidth } from '../../parts/use-width.js'
import { Chart } from './chart.js'
import { Crosshair } from './crosshair.js'
import { hovered, pin, zoom, zoomTo } from './cursor.js'
import { layoutOf, type StoryLayout } from './layout/place.js'
import type { StoryInput } from './layout/story-input.js'
import { ms } from './layout/words.js'
import { nearestThing, thingsOf } from './things.js'

interface Props {
  readonly input: StoryInput
  readonly onOpen: () => void
  /** Tells the view which layout is shown: its keys need it. */
  readonly shown: { current: StoryLayout | undefined }
}

// A pointer that moves less than this while it is down clicks.
const clickPx = 4
const snapPx = 5

/** The lanes: one chart, one axis. */
export function LanesView({ input, onOpen, shown }: Props): VNode {
  const { ref, width } = useWidth<HTMLDivElement>(true)
  const window = zoom.value
  const layout = useMemo(
    () => (width > 0 ? layoutOf(input, width, window) : undefined),
    [input, width, window?.from, window?.to],
  )
  shown.current = layout
  return (
    <div class="lanes" ref={ref}>
      {layout !== undefined && <Axis layout={layout} input={input} onOpen={onOpen} />}
      {input.isOpened && (
        <button type="button" class="btn again" onClick={onOpen}>
          Fold again <kbd>o</kbd>
        </button>
      )}
      {layout !== undefined && <LanesTable layout={layout} />}
    </div>
  )
}

function Axis({ layout, input, onOpen }: { layout: StoryLayout; input: StoryInput; onOpen: () => void }): VNode {
  const drag = useDrag(layout, input)
  const { record } = input
  // The same element again is not compared again: moving the pointer draws the crosshair alone.
  const chart = useMemo(
    () => (
      <Chart
        layout={layout}
        endText={endTextOf(input)}
        axisText={record.kind === 'job' ? 'Since the job began' : 'Since the request arrived'}
        onOpen={onOpen}
      />
    ),
    [layout, record.status, onOpen],
  )
  return (
    <svg
      id="axis"
      role="group"
      aria-labelledby="answer"
      width={layout.width}
      height={layout.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      onPointerMove={drag.move}
      onPointerDown={drag.down}
      onPointerUp={drag.up}
      onPointerCancel={drag.leave}
      onPointerLeave={drag.leave}
    >
      {chart}
      {drag.brush !== undefined && (
        <rect
          class="brush"
          x={drag.brush[0]}
          y={layout.top - 6}
          width={drag.brush[1] - drag.brush[0]}
          height={layout.bottom - layout.top + 6}
        />
      )}
      <Crosshair layout={layout} />
    </svg>
  )
}

function endTextOf({ record: { kind, durationMs, aborted, upgraded, status } }: StoryInput): string {
  const took = ms(durationMs)
  if (kind === 'job') return `ended ${took}`
  if (aborted) return `aborted ${took}`
  return upgraded || status === undefined ? `closed ${took}` : `response sent ${took}`
}

interface Drag {
  readonly brush: readonly [from: number, to: number] | undefined
  readonly move: (event: PointerEvent) => void
  readonly down: (event: PointerEvent) => void
  readonly up: (event: PointerEvent) => void
  readonly leave: () => void
}

/** Pointing shows the moment, a click pins it, dragging zooms. */
function useDrag(layout: StoryLayout, input: StoryInput): Drag {
  const from = useRef<number | undefined>(undefined)
  const [brush, setBrush] = useState<readonly [number, number] | undefined>(undefined)
  const { scale } = layout
  const xOf = (event: PointerEvent): number => {
    const { left } = (event.currentTarget as Element).getBoundingClientRect()
    return event.clientX - left
  }
  const isOnAxis = (x: number): boolean => x >= scale.left && x <= scale.right
  const isLink = (event: PointerEvent): boolean =>
    event.target instanceof Element && event.target.closest('a, .fold') !== null
  return {
    brush,
    move: (event) => {
      const x = xOf(event)
      const start = from.current
      if (start !== undefined && Math.abs(x - start) > clickPx) {
        const end = Math.min(scale.right, Math.max(scale.left, x))
        setBrush([Math.min(start, end), Math.max(start, end)])
      }
      hovered.value = isOnAxis(x) && event.pointerType !== 'touch' ? scale.ms(x) : undefined
    },
    down: (event) => {
      const x = xOf(event)
      if (event.button === 0 && isOnAxis(x) && !isLink(event) && event.pointerType !== 'touch') from.current = x
      else if (event.pointerType === 'touch' && isOnAxis(x) && !isLink(event)) pin(snapped(input, layout, x))
    },
    up: (event) => {
      const start = from.current
      from.current = undefined
      setBrush(undefined)
      if (start === undefined) return
      const x = Math.min(scale.right, Math.max(scale.left, xOf(event)))
      if (Math.abs(x - start) > clickPx)
        zoomTo({ from: scale.ms(Math.min(start, x)), to: scale.ms(Math.max(start, x)) })
      else pin(snapped(input, layout, x))
    },
    leave: () => {
      from.current = undefined
      setBrush(undefined)
      hovered.value = undefined
    },
  }
}

/** The moment at a place, or that of a thing close by. */
function snapped(input: StoryInput, { scale }: StoryLayout, x: number): number {
  const at = scale.ms(x)
  const thing = nearestThing(thingsOf(input), at)
  return thing !== undefined && Math.abs(scale.x(thing.at) - x) <= snapPx ? thing.at : at
}

/** The lanes as a table, for screen readers. */
function LanesTable({ layout }: { readonly layout: StoryLayout }): VNode {
  return (
    <div class="sr">
      <table>
        <caption>The lanes of the chart</caption>
        <thead>
          <tr>
            <th>Lane</th>
            <th>Time</th>
            <th>Remark</th>
          </tr>
        </thead>
        <tbody>
          {layout.lanes.map(({ lane }) => (
            <tr key={lane.key}>
              <th scope="row">{[lane.verb, lane.name, lane.note].filter(Boolean).join(' ')}</th>
              <td>{lane.total}</td>
              <td>{lane.label?.text ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
