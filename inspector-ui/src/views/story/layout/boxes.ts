import type { Interval } from './intervals.js'
import type { Scale } from './scale.js'

/** A mark on the screen, in px. */
export interface Box {
  readonly x: number
  readonly width: number
  /** It had to be widened to be seen, so it is drawn paler. */
  readonly isWidened: boolean
}

/** Nothing is drawn thinner, in px. */
export const minPx = 1.6

/** The box of one mark; undefined if the mark is outside of the shown time. */
export function boxOf({ from, to }: Interval, scale: Scale, min = minPx): Box | undefined {
  if (!(to >= scale.from && from <= scale.to)) return undefined
  const left = scale.x(from)
  const width = scale.x(to) - left
  if (width >= min) return { x: left, width, isWidened: false }
  return { x: Math.max(scale.left, Math.min(left, scale.right - min)), width: min, isWidened: true }
}

/**
 * The boxes of many marks, in order. Boxes that touch are joined: a thousand slices then need no more shapes than the
 * screen has places.
 *
 * @param gap between boxes that stay apart, in px
 */
export function boxesOf(marks: readonly Interval[], scale: Scale, gap = 0): Box[] {
  const joined: { x: number; width: number; isWidened: boolean }[] = []
  for (const mark of [...marks].sort((one, other) => one.from - other.from)) {
    const box = boxOf(mark, scale)
    if (box === undefined) continue
    const last = joined.at(-1)
    const end = box.x + box.width
    // Widened boxes overlap though their marks do not: only those of one kind are joined.
    if (last !== undefined && box.x <= last.x + last.width + gap && last.isWidened === box.isWidened)
      last.width = Math.max(last.width, end - last.x)
    else joined.push({ ...box })
  }
  return joined
}

/** How wide a text is about, in px. Wide letters (Chinese, emoji) count twice. */
export function textPx(text: string, size = 12): number {
  let units = 0
  for (const letter of text) units += (letter.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
  return units * size * 0.5
}

/** The text, cut so that it fits. */
export function fitted(text: string, px: number, size = 12): string {
  if (textPx(text, size) <= px) return text
  const letters = [...text]
  let kept = ''
  for (const letter of letters) {
    if (textPx(`${kept}${letter}…`, size) > px) break
    kept += letter
  }
  return kept === '' ? '' : `${kept.trimEnd()}…`
}
