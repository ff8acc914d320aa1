import { type Box, boxesOf, boxOf, fitted, textPx } from './boxes.js'
import { type Interval, stretches, union } from './intervals.js'
import type { Label, Lane, Look, Mark } from './lane.js'
import { type Extent, extentOf, lanesOf } from './lanes.js'
import { type Scale, scaleOf, type Tick, ticksOf } from './scale.js'
import type { StoryInput } from './story-input.js'

/** Marks of one look, to be drawn in one path. */
export interface Group {
  readonly look: Look
  readonly height: number
  readonly boxes: readonly Box[]
}

/** A mark that has a title, so it is drawn alone. */
export interface Single {
  readonly mark: Mark
  readonly box: Box
  /** It goes on beyond the axis. */
  readonly isCut: boolean
  /** It began before the axis. */
  readonly isCutBefore: boolean
}

export interface PlacedLabel {
  readonly label: Label
  readonly text: string
  readonly x: number
  readonly anchor: 'start' | 'end'
  readonly isInside: boolean
}

/** A lane with its place, in px. */
export interface PlacedLane {
  readonly lane: Lane
  readonly top: number
  readonly height: number
  /** The middle of its marks. */
  readonly middle: number
  /** The line on which its name stands. */
  readonly baseline: number
  readonly name: string
  readonly groups: readonly Group[]
  readonly singles: readonly Single[]
  readonly label?: PlacedLabel | undefined
}

/** The whole chart. */
export interface StoryLayout {
  readonly width: number
  readonly height: number
  /** Where lanes begin and end. */
  readonly top: number
  readonly bottom: number
  readonly gutter: number
  readonly isSmall: boolean
  readonly scale: Scale
  readonly extent: Extent
  readonly ticks: readonly Tick[]
  readonly lanes: readonly PlacedLane[]
  readonly rules: readonly number[]
  /** While other code ran: columns through all lanes. */
  readonly held: readonly Box[]
  /** Where the response was sent; undefined if that is outside of the shown time. */
  readonly endX?: number | undefined
  /** Where the time of the request begins, if the axis begins earlier. */
  readonly startX?: number | undefined
}

const smallBelow = 790
const gutterPx = 272
const rightPx = 4
const topPx = 30

/** Lays a story out. Pure: the same story, width and window give the same places. */
export function layoutOf(input: StoryInput, width: number, shown?: Interval): StoryLayout {
  const extent = extentOf(input)
  const isSmall = width < smallBelow
  const gutter = isSmall ? 0 : gutterPx
  const scale = scaleOf(shown ?? extent.first, gutter, Math.max(gutter + 1, width - rightPx))
  const lanes: PlacedLane[] = []
  const rules: number[] = []
  let y = topPx
  for (const lane of lanesOf(input, extent.to, scale)) {
    const placed = placedLane(lane, y, scale, isSmall, scale.x(extent.end))
    lanes.push(placed)
    y += placed.height
    if (lane.isRuled) {
      rules.push(y + (isSmall ? 1 : 3.5))
      y += isSmall ? 4 : 8
    }
  }
  const { end } = extent
  const isIn = (ms: number): boolean => ms >= scale.from && ms <= scale.to
  return {
    width: Math.max(width, gutter + 1 + rightPx),
    height: y + 6,
    top: topPx,
    bottom: y + 2,
    gutter,
    isSmall,
    scale,
    extent,
    ticks: ticksOf(scale),
    lanes,
    rules,
    held: boxesOf(union(heldOf(input)), scale).filter(({ isWidened }) => !isWidened),
    endX: isIn(end) ? scale.x(end) : undefined,
    startX: scale.from < 0 && isIn(0) ? scale.x(0) : undefined,
  }
}

function heldOf({ record }: StoryInput): Interval[] {
  if (record.cpu === undefined) return []
  const holds = stretches(record.heldUp ?? [], ({ startMs, durationMs }) => [startMs, durationMs])
  // What held it up before its start is no column: the lanes show nothing there.
  return holds.filter(({ from }) => from >= 0)
}

function placedLane(lane: Lane, top: number, scale: Scale, isSmall: boolean, endX: number): PlacedLane {
  const height = isSmall ? (lane.isTall ? 44 : 38) : lane.isTall ? 34 : 24
  const middle = isSmall ? top + height - (lane.isTall ? 14 : 11) : top + height / 2
  return {
    lane,
    top,
    height,
    middle,
    baseline: isSmall ? top + 13 : top + height / 2 + 4.5,
    name: nameOf(lane, scale, isSmall),
    groups: groupsOf(lane, scale),
    singles: singlesOf(lane, scale),
    label: lane.label && placedLabel(lane.label, scale, endX),
  }
}

/** The name as it fits between the left side and the lane's time. */
function nameOf({ name, verb = '', note = '', total, isSub }: Lane, { left, right }: Scale, isSmall: boolean): string {
  const size = isSub ? 12 : 13
  const room = (isSmall ? right - left : gutterPx - 24) - textPx(total) - 12 - (isSub && !isSmall ? 14 : 0)
  const others = textPx(verb, 12) + (verb === '' ? 0 : 6) + textPx(note, 12) + (note === '' ? 0 : 8)
  return fitted(name, Math.max(24, room - others), size)
}

function isAlone({ title, href, look }: Mark): boolean {
  return title !== undefined || href !== undefined || look === 'queued' || look === 'job'
}

function groupsOf(lane: Lane, scale: Scale): Group[] {
  const byLook = new Map<string, Mark[]>()
  for (const mark of lane.marks) {
    if (isAlone(mark)) continue
    const key = `${mark.look} ${mark.height}`
    const own = byLook.get(key)
    if (own === undefined) byLook.set(key, [mark])
    else own.push(mark)
  }
  const groups: Group[] = []
  for (const marks of byLook.values()) {
    const [{ look, height }] = marks as [Mark]
    const all = boxesOf(marks, scale)
    const seen = all.filter(({ isWidened }) => !isWidened)
    const boxes = lane.isDivided && seen.length > 0 ? seen : all
    if (boxes.length > 0) groups.push({ look, height, boxes })
  }
  // Own CPU stands over everything else.
  const isCpu = ({ look }: Group): number => (look === 'cpu' || look === 'some-cpu' ? 1 : 0)
  return groups.sort((one, other) => isCpu(one) - isCpu(other))
}

function singlesOf(lane: Lane, scale: Scale): Single[] {
  return lane.marks.filter(isAlone).flatMap((mark) => {
    const box = boxOf(mark, scale, mark.look === 'queued' ? 0 : undefined)
    return box === undefined ? [] : [{ mark, box, isCut: mark.to > scale.to, isCutBefore: mark.from < scale.from }]
  })
}

const besidePx = 8

/**
 * Words go right of the marks, or left of them, or between; shortened if they must be. They do not cross the end of the
 * request where the other side has room.
 */
function placedLabel(label: Label, scale: Scale, endX: number): PlacedLabel | undefined {
  const { text, short = text, beside, mayBeInside } = label
  if (!(beside.to >= scale.from && beside.from <= scale.to)) return undefined
  const [start, end] = [scale.x(beside.from), scale.x(beside.to)]
  for (const words of [text, short]) {
    const wide = textPx(words)
    if (mayBeInside && end - start >= wide + 2 * besidePx)
      return { ...at(label, words, start + besidePx, 'start'), isInside: true }
    const fitsRight = end + besidePx + wide <= scale.right
    const fitsLeft = start - besidePx - wide >= scale.left
    const crosses = end < endX && end + besidePx + wide > endX
    if (fitsRight && !(crosses && fitsLeft)) return at(label, words, end + besidePx, 'start')
    if (fitsLeft) return at(label, words, start - besidePx, 'end')
  }
  const right = scale.right - end - besidePx
  const left = start - besidePx - scale.left
  const words = fitted(short, Math.max(right, left))
  if (words.length < 4) return undefined
  return right >= left ? at(label, words, end + besidePx, 'start') : at(label, words, start - besidePx, 'end')
}

function at(label: Label, text: string, x: number, anchor: 'start' | 'end'): PlacedLabel {
  return { label, text, x, anchor, isInside: false }
}
