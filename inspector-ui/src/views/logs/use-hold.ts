import { useRef, useState } from 'preact/hooks'
import { serverNow } from '../../api/session.js'
import { paused } from '../../state/paused.js'
import { type HoldReason, holdReason } from './hold.js'

/** Whether new lines wait, why and since when. */
export interface Hold {
  readonly reason: HoldReason | undefined
  /** By the service's clock. */
  readonly since: number
  /** The list is not at its end. */
  readonly isAway: boolean
  readonly setPointed: (isPointed: boolean) => void
  readonly setText: (hasText: boolean) => void
  readonly setAway: (isAway: boolean) => void
  /** Lets new lines come, but for a chosen line. */
  readonly letGo: () => void
}

/** Watches what makes new lines wait. @param endsEarly the list ends before now */
export function useHold(isChosen: boolean, endsEarly: boolean): Hold {
  const [isPointed, setPointed] = useState(false)
  const [hasText, setText] = useState(false)
  const [isAway, setAway] = useState(false)
  const isPaused = paused.value
  const reason = holdReason({ isPaused, isChosen, hasText, isPointed, isAway: isAway || endsEarly })
  const last = useRef({ reason, since: serverNow() })
  if (last.current.reason !== reason) last.current = { reason, since: serverNow() }
  const letGo = (): void => {
    paused.value = false
    getSelection()?.removeAllRanges()
    setText(false)
    setPointed(false)
    setAway(false)
  }
  return { reason, since: last.current.since, isAway, setPointed, setText, setAway, letGo }
}
