import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { grouped } from '../../format/numbers.js'
import { clock } from '../../format/times.js'
import { type HoldReason, holdWords } from './hold.js'
import { rateText } from './rates.js'

interface Props {
  readonly reason: HoldReason | undefined
  /** Since when new lines wait, by the service's clock. */
  readonly since: number
  /** How many lines wait. */
  readonly waiting: number
  /** Lines a second; undefined while that is not known. */
  readonly rate: number | undefined
  readonly isLost: boolean
  readonly isWrapped: boolean
  readonly onWrap: () => void
  readonly onNewer: () => void
}

/** The bar below the lines: whether they come, how many, the keys, and the lines that wait. */
export function Dock(props: Props): VNode {
  const { reason, waiting, rate, isLost, isWrapped } = props
  return (
    <div class="dock">
      <State {...props} />
      {rate !== undefined && !isLost && <span class="dim hide-s">{rateText(rate)} lines a second</span>}
      <span class="grow" />
      <button type="button" class="key hide-s" aria-pressed={isWrapped} onClick={props.onWrap}>
        <kbd>w</kbd> wrap
      </button>
      <span class="dim hide-m">
        <kbd>n</kbd> next warning
      </span>
      <span class="dim hide-m">
        <kbd>↵</kbd> its story
      </span>
      {reason !== undefined && (waiting > 0 || reason === 'away') && (
        <button type="button" class="pill" onClick={props.onNewer}>
          {waiting > 0 ? `${grouped(waiting)} newer ${waiting === 1 ? 'line' : 'lines'}` : 'Newest lines'}{' '}
          <kbd class="hide-s">space</kbd>
        </button>
      )}
      <WaitingSaid waiting={reason === undefined ? 0 : waiting} />
    </div>
  )
}

function State({ reason, since, isLost }: Props): VNode {
  if (reason === undefined)
    return (
      <span class="state">
        <i class={isLost ? 'off' : 'on'} aria-hidden="true" />
        {isLost ? 'No news' : 'Live'}
      </span>
    )
  return (
    <span class="state">
      <i aria-hidden="true" />
      <span>
        Paused at <b class="strong">{clock(since)}</b>
        <span class="hide-s"> {holdWords[reason]}</span>
      </span>
    </span>
  )
}

const everyMs = 5_000

/** Tells screen readers how many lines wait, every five seconds at most. */
function WaitingSaid({ waiting }: { readonly waiting: number }): VNode {
  const [said, setSaid] = useState('')
  const current = useRef(waiting)
  current.current = waiting
  useEffect(() => {
    const timer = setInterval(() => {
      const count = current.current
      setSaid(count === 0 ? '' : `Paused, ${grouped(count)} newer ${count === 1 ? 'line' : 'lines'}`)
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <span class="sr" role="status">
      {said}
    </span>
  )
}
