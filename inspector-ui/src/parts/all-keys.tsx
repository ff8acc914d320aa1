import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { session } from '../api/session.js'
import { activeKeys, keysShown } from '../state/keys.js'
import { useFirstHealth } from '../views/requests/first-run.js'
import { HowARequestReads } from '../views/requests/first-run-bar.js'
import { WhatSpoorSees } from '../views/requests/first-run-sees.js'

/** The first run's lessons, for those who come back: how a request reads, and what Spoor sees of the service. */
function HowAndWhat(): VNode | null {
  const known = session.value
  const health = useFirstHealth()
  if (known === undefined || known.source !== 'service') return null
  return (
    <div class="first">
      <HowARequestReads />
      {health !== undefined && <WhatSpoorSees known={known} health={health} isLater />}
    </div>
  )
}

/** The list of all keys that act now. */
export function AllKeys(): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const isShown = keysShown.value
  useEffect(() => {
    if (isShown && !dialog.current?.open) dialog.current?.showModal()
    if (!isShown && dialog.current?.open) dialog.current.close()
  }, [isShown])
  const close = (): void => {
    keysShown.value = false
  }
  const seen = new Set<string>()
  const keys = activeKeys().filter(({ keys }) => !seen.has(keys) && seen.add(keys))
  return (
    <dialog ref={dialog} class="keys" aria-label="All keys" onClose={close}>
      {isShown && (
        <>
          <div class="head">
            <h2 class="h">All keys</h2>
            <span class="grow" />
            <button type="button" class="btn" onClick={close}>
              Close
            </button>
          </div>
          <dl>
            {keys.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  {keys.split(' ').map((one) => (
                    <kbd key={one}>{one}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <HowAndWhat />
        </>
      )}
    </dialog>
  )
}
