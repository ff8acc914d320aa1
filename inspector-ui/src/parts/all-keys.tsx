import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { activeKeys, keysShown } from '../state/keys.js'

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
        </>
      )}
    </dialog>
  )
}
