/** Why new lines wait. */
export type HoldReason = 'paused' | 'chosen' | 'text' | 'pointer' | 'away'

/** Ends the sentence `Paused at 14:03:08.412 …`. */
export const holdWords: Readonly<Record<HoldReason, string>> = {
  paused: '',
  chosen: 'because a line is chosen',
  text: 'because text is selected',
  pointer: 'because the pointer is on a line',
  away: 'because you look at earlier lines',
}

interface Looked {
  readonly isPaused: boolean
  readonly isChosen: boolean
  readonly hasText: boolean
  readonly isPointed: boolean
  readonly isAway: boolean
}

/** Why new lines wait now; undefined: they are shown as they come. */
export function holdReason({ isPaused, isChosen, hasText, isPointed, isAway }: Looked): HoldReason | undefined {
  if (isPaused) return 'paused'
  if (isChosen) return 'chosen'
  if (hasText) return 'text'
  if (isPointed) return 'pointer'
  return isAway ? 'away' : undefined
}
