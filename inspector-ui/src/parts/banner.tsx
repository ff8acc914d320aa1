import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { liveState, reconnect } from '../api/live.js'
import { seconds } from '../format/times.js'

/** Says that no news arrive, since when, and when the page tries again. */
export function ConnectionBanner(): VNode | null {
  const state = liveState.value
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    if (state.kind !== 'lost') return
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [state.kind])
  if (state.kind !== 'lost') return null
  const inSeconds = Math.max(0, Math.ceil((state.nextTryAt - now) / 1_000))
  return (
    <div class="banner" role="status">
      <span class="warn-ink" aria-hidden="true">
        ▲
      </span>
      <span>
        No news since <b>{seconds(state.since)}</b>.{' '}
        {inSeconds === 0 ? 'Trying again.' : `Trying again in ${inSeconds} s.`}
      </span>
      <span class="grow" />
      <button type="button" class="btn" onClick={reconnect}>
        Try now
      </button>
    </div>
  )
}
