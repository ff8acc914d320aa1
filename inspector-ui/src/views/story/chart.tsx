import type { VNode } from 'preact'
import type { PlacedLabel, PlacedLane, StoryLayout } from './layout/place.js'
import { GroupShape, SingleShape } from './shapes.js'

interface Props {
  readonly layout: StoryLayout
  /** What the end of the request is called: `response sent 812 ms`. */
  readonly endText: string
  /** `Since the request arrived` */
  readonly axisText: string
  readonly onOpen: () => void
}

/** Everything of the chart that stands still under the pointer. */
export function Chart({ layout, endText, axisText, onOpen }: Props): VNode {
  const { lanes, rules, width, isSmall } = layout
  return (
    <>
      <Ground layout={layout} />
      <Ticks layout={layout} endText={endText} axisText={axisText} />
      {!isSmall && rules.map((y) => <line key={y} class="rule" x1={0} x2={width} y1={y} y2={y} />)}
      {lanes.map((placed) => (
        <LaneRow key={placed.lane.key} placed={placed} layout={layout} onOpen={onOpen} />
      ))}
    </>
  )
}

/** What lies under the lanes: the time after the response, the grid, the columns of what held it up. */
function Ground({ layout }: { readonly layout: StoryLayout }): VNode {
  const { scale, top, bottom, ticks, held, endX, startX, extent } = layout
  const height = bottom - top
  const afterX = endX ?? (scale.from > extent.end ? scale.left : undefined)
  return (
    <>
      {afterX !== undefined && afterX < scale.right && (
        <rect class="after" x={afterX} y={top} width={scale.right - afterX} height={height} />
      )}
      {startX !== undefined && startX > scale.left && (
        <rect class="after" x={scale.left} y={top} width={startX - scale.left} height={height} />
      )}
      {ticks.map(({ ms }) => (
        <line key={ms} class="grid" x1={scale.x(ms)} x2={scale.x(ms)} y1={top - 4} y2={bottom} />
      ))}
      {held.map(({ x, width }) => (
        <g key={x}>
          <rect class="heldcol" x={x} y={top} width={width} height={height} fill="url(#held-column)" />
          <path class="held-edge" d={`M${x} ${top}V${bottom}M${x + width} ${top}V${bottom}`} />
        </g>
      ))}
      {startX !== undefined && <line class="start" x1={startX} x2={startX} y1={top - 8} y2={bottom} />}
      {endX !== undefined && <line class="end" x1={endX} x2={endX} y1={top - 8} y2={bottom} />}
    </>
  )
}

function Ticks({ layout, endText, axisText }: Omit<Props, 'onOpen'>): VNode {
  const { scale, ticks, endX, isSmall } = layout
  const endWide = endText.length * 6 + 12
  const isFree = (x: number): boolean =>
    endX === undefined || (x <= endX ? endX - x > endWide + 20 : x - endX > (isSmall ? 20 : 60))
  return (
    <>
      {ticks.map(({ ms, text }) => {
        const x = scale.x(ms)
        if (!isFree(x) || x > scale.right - 10) return null
        return (
          <text key={ms} class="tick" x={x} y={18} text-anchor={x - scale.left < 12 ? 'start' : 'middle'}>
            {text}
          </text>
        )
      })}
      {endX !== undefined && <EndText x={endX} left={scale.left} text={endText} wide={endWide} />}
      {endX !== undefined && !isSmall && scale.right - endX > 36 && (
        <text class="tick" x={endX + 8} y={18}>
          after
        </text>
      )}
      {!isSmall && (
        <text class="tick" x={0} y={18}>
          {axisText}
        </text>
      )}
    </>
  )
}

function EndText({ x, left, text, wide }: { x: number; left: number; text: string; wide: number }): VNode {
  const isLeft = x - left >= wide
  return (
    <text class="t1 ts" x={isLeft ? x - 6 : x + 6} y={18} text-anchor={isLeft ? 'end' : 'start'}>
      {text}
    </text>
  )
}

interface LaneProps {
  readonly placed: PlacedLane
  readonly layout: StoryLayout
  readonly onOpen: () => void
}

function LaneRow({ placed, layout, onOpen }: LaneProps): VNode {
  const { lane, groups, singles, middle, label } = placed
  const { scale } = layout
  return (
    <g>
      {lane.key === 'lines' && <line class="grid" x1={scale.left} x2={scale.right} y1={middle} y2={middle} />}
      {groups.map((group) => (
        <GroupShape
          key={`${group.look} ${group.height}`}
          group={group}
          middle={middle}
          isRequest={lane.key === 'request'}
        />
      ))}
      {singles.map((single, at) => (
        <SingleShape key={at} single={single} middle={middle} />
      ))}
      <LaneName placed={placed} layout={layout} onOpen={onOpen} />
      {label !== undefined && <LaneLabel label={label} middle={middle} />}
    </g>
  )
}

function LaneName({ placed, layout, onOpen }: LaneProps): VNode {
  const { lane, name, baseline } = placed
  const { gutter, isSmall, width } = layout
  const words = (
    <text class={lane.isSub ? 'sub' : 'name'} x={lane.isSub && !isSmall ? 14 : 0} y={baseline}>
      {lane.title !== undefined && <title>{lane.title}</title>}
      {lane.verb !== undefined && <tspan class="t3">{lane.verb}</tspan>}{' '}
      {name !== '' && (
        <tspan class="t1" dx={lane.verb === undefined || lane.verb === '' ? 0 : 3}>
          {name}
        </tspan>
      )}{' '}
      {lane.note !== undefined && (
        <tspan class="t3 note" dx={lane.isSub ? 3 : 5}>
          {lane.note}
        </tspan>
      )}
    </text>
  )
  return (
    <>
      {lane.isFolded ? <FoldButton onOpen={onOpen}>{words}</FoldButton> : words}
      <text class="tot" x={isSmall ? width - 4 : gutter - 24} y={baseline}>
        {lane.title !== undefined && <title>{lane.title}</title>}
        {lane.total}
      </text>
    </>
  )
}

function FoldButton({ onOpen, children }: { onOpen: () => void; children: VNode }): VNode {
  return (
    <g
      class="fold"
      role="button"
      tabindex={0}
      aria-expanded={false}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        onOpen()
      }}
    >
      {children}
    </g>
  )
}

function LaneLabel({ label, middle }: { readonly label: PlacedLabel; readonly middle: number }): VNode {
  const { label: of, text, x, anchor, isInside } = label
  const name = isInside ? 'inbar' : `lab${of.tone === undefined ? '' : ` ${of.tone}`}`
  const words = (
    <text class={name} x={x} y={middle + 4} text-anchor={anchor}>
      <title>{of.title === undefined ? of.text : `${of.text}. ${of.title}`}</title>
      {text}
    </text>
  )
  return of.href === undefined ? words : <a href={of.href}>{words}</a>
}
