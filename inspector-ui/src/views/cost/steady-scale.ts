import { useRef } from 'preact/hooks'
import { serverNow } from '../../api/session.js'
import type { Scale } from './scale.js'

/** What a chart remembers of its scale. */
export interface KeptScale {
  readonly scale: Scale
  readonly question: string
  /** The minute in which it was taken. */
  readonly minute: number
}

/**
 * The scale to draw with: the old one stays under the pointer, and within a minute it only grows, so that shapes do not jump.
 */
export function steadyScale(
  kept: KeptScale | undefined,
  wanted: Omit<KeptScale, 'scale'> & { scale: Scale },
  isPointed: boolean,
): KeptScale {
  if (kept === undefined || kept.question !== wanted.question) return wanted
  if (isPointed) return kept
  return kept.minute === wanted.minute && kept.scale.top > wanted.scale.top ? kept : wanted
}

/** Remembers the scale of a chart between readings. */
export function useSteadyScale(scale: Scale, question: string, isPointed: boolean): Scale {
  const kept = useRef<KeptScale>()
  const wanted = { scale, question, minute: Math.floor(serverNow() / 60_000) }
  kept.current = steadyScale(kept.current, wanted, isPointed)
  return kept.current.scale
}
