import type { VNode } from 'preact'
import { layers } from '../../draw/layers.js'
import type { Box } from './layout/boxes.js'
import type { Look } from './layout/lane.js'
import type { Group, Single } from './layout/place.js'

const n = (px: number): string => px.toFixed(2)

/** Many bars as the data of one path. */
function bars(boxes: readonly Box[], middle: number, height: number, more = 0): string {
  const top = n(middle - height / 2)
  return boxes
    .map(({ x, width }) => `M${n(x - more)} ${top}h${n(width + 2 * more)}v${height}h${n(-width - 2 * more)}z`)
    .join('')
}

const fills: Readonly<Partial<Record<Look, string>>> = {
  cpu: 'f-cpu',
  'some-cpu': 'f-cpu',
  wait: 'f-wait',
  pale: 'f-pale',
  call: 'f-call',
  job: 'f-job',
  tick: 'f-ink2',
}

interface GroupProps {
  readonly group: Group
  readonly middle: number
  /** In the request's own bar everything stands on one ground. */
  readonly isRequest: boolean
}

/** All marks of one look in a lane. */
export function GroupShape({ group: { look, height, boxes }, middle, isRequest }: GroupProps): VNode | null {
  switch (look) {
    case 'base':
      return <path class="base" d={bars(boxes, middle, height)} />
    case 'held':
      return (
        <>
          <path class="f-bg" d={bars(boxes, middle, height)} />
          <path fill="url(#held)" d={bars(boxes, middle, height)} />
        </>
      )
    case 'query':
    case 'pool':
      return <Layered look={look} boxes={boxes} middle={middle} height={height} />
    case 'unknown':
      return <Dotted boxes={boxes} middle={middle} height={height} isRequest={isRequest} />
    case 'warn':
      return <path class="f-warn" d={boxes.map(({ x }) => `M${n(x)} ${n(middle - 7)}l6 11h-12z`).join('')} />
    case 'fail':
      return <path class="f-err" d={boxes.map(({ x }) => `M${n(x)} ${n(middle - 7)}l6 7-6 7-6-7z`).join('')} />
    default:
      return <Filled look={look} boxes={boxes} middle={middle} height={height} isRequest={isRequest} />
  }
}

/** The room of the arrow of a job that goes on beyond the axis, in px. */
export const arrowPx = 8

interface BoxesProps {
  readonly look: Look
  readonly boxes: readonly Box[]
  readonly middle: number
  readonly height: number
}

/** Solid marks; those that were widened are paler. */
function Filled({ look, boxes, middle, height, isRequest }: BoxesProps & { isRequest: boolean }): VNode {
  const name = fills[look] ?? 'f-ink3'
  const wide = boxes.filter(({ isWidened }) => !isWidened)
  const thin = boxes.filter(({ isWidened }) => isWidened)
  const isCpu = look === 'cpu' || look === 'some-cpu'
  const pale = isRequest && look === 'wait' ? ' half' : look === 'some-cpu' ? ' faint' : ''
  return (
    <>
      {isRequest && isCpu && <path class="f-bg" d={bars(boxes, middle, height - 6, 1)} />}
      {wide.length > 0 && <path class={`${name}${pale}`} d={bars(wide, middle, height)} />}
      {thin.length > 0 && <path class={look === 'tick' ? name : `${name} faint`} d={bars(thin, middle, height)} />}
    </>
  )
}

function Layered({ look, boxes, middle, height }: BoxesProps): VNode {
  const name = look === 'query' ? 'f-query' : 'f-qpale'
  const shape = (some: readonly Box[]): string =>
    some.map(({ x, width }) => layers(x, middle - height / 2, width, height)).join('')
  const wide = boxes.filter(({ isWidened }) => !isWidened)
  const thin = boxes.filter(({ isWidened }) => isWidened)
  return (
    <>
      {wide.length > 0 && <path class={name} d={shape(wide)} />}
      {thin.length > 0 && <path class={`${name} faint`} d={shape(thin)} />}
    </>
  )
}

function Dotted({ boxes, middle, height, isRequest }: Omit<BoxesProps, 'look'> & { isRequest: boolean }): VNode {
  if (isRequest) {
    const inside = boxes
      .filter(({ width }) => width > 5)
      .map(({ x, width, isWidened }) => ({ x: x + 1, width: width - 2, isWidened }))
    return (
      <>
        <path class="f-bg" d={bars(boxes, middle, height)} />
        <path class="unk" d={bars(inside, middle, height - 2)} />
      </>
    )
  }
  return (
    <path
      class="unk"
      d={boxes.map(({ x, width }) => `M${n(x + 1)} ${n(middle)}H${n(Math.max(x + 1.1, x + width - 1))}`).join('')}
    />
  )
}

/** A mark with a title, or a link. */
export function SingleShape({ single, middle }: { readonly single: Single; readonly middle: number }): VNode {
  const { title, href } = single.mark
  const inside = (
    <>
      {title !== undefined && <title>{title}</title>}
      <SingleBody single={single} middle={middle} />
    </>
  )
  if (href === undefined) return <g>{inside}</g>
  // The label beside it is the same link for the keyboard.
  return (
    <a href={href} tabindex={-1}>
      {inside}
    </a>
  )
}

function SingleBody({ single, middle }: { readonly single: Single; readonly middle: number }): VNode {
  const { mark, box } = single
  const { x, width } = box
  const { look, height } = mark
  const rect = (name: string): VNode => (
    <rect class={name} x={n(x)} y={n(middle - height / 2)} width={n(width)} height={height} />
  )
  switch (look) {
    case 'job':
      return <path class="f-job" d={jobPath(single, middle)} />
    case 'step':
      return <path class="bracket" d={bracketPath(single, middle)} />
    case 'held':
      return (
        <>
          {rect('f-bg')}
          {rect('hatched')}
        </>
      )
    case 'before':
      return rect('before')
    case 'pool':
      return <path class="f-qpale" d={layers(x, middle - height / 2, width, height)} />
    case 'queued':
      return (
        <>
          <path class="queue" d={`M${n(x)} ${n(middle)}H${n(x + width)}`} />
          <circle class="ring" cx={n(x)} cy={n(middle)} r="3" />
        </>
      )
    default:
      return rect(fills[look] ?? 'f-ink3')
  }
}

/** A bar, or an arrow if the job goes on beyond the axis. */
function jobPath({ mark, box: { x, width }, isCut }: Single, middle: number): string {
  const half = mark.height / 2
  const body = isCut ? Math.max(0, width - arrowPx) : width
  const head = isCut ? `l${Math.min(width, arrowPx)} ${half} ${-Math.min(width, arrowPx)} ${half}` : `v${mark.height}`
  return `M${n(x)} ${n(middle - half)}h${n(body)}${head}h${n(-body)}z`
}

/** A bracket; where it goes on beyond the axis it has no foot. */
function bracketPath({ box: { x, width }, isCut, isCutBefore }: Single, middle: number): string {
  const foot = (at: number): string => `M${n(at)} ${n(middle - 5)}v10`
  return `${isCutBefore ? '' : foot(x)}${isCut ? '' : foot(x + width)}M${n(x)} ${n(middle)}H${n(x + width)}`
}
