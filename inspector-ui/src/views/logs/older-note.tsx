import type { VNode } from 'preact'
import { grouped } from '../../format/numbers.js'
import { reasonOf } from '../../parts/failure.js'
import { maxLines } from './line-store.js'
import type { Older } from './lines-reader.js'

interface Props {
  readonly older: Older
  /** The list holds no more lines. */
  readonly isFull: boolean
  readonly onOlder: () => void
  readonly onEarlier: () => void
}

/** Says above the first line whether there are older ones. */
export function OlderNote({ older, isFull, onOlder, onEarlier }: Props): VNode {
  return (
    <p class="older">
      {isFull ? (
        <>
          The page holds {grouped(maxLines)} lines. <Act does="Show earlier ones" act={onEarlier} />
        </>
      ) : (
        <Words older={older} onOlder={onOlder} />
      )}
    </p>
  )
}

function Words({ older, onOlder }: { readonly older: Older; readonly onOlder: () => void }): VNode | null {
  if (older.kind === 'reading') return <>Reading older lines</>
  if (older.kind === 'end') return <>There are no older lines</>
  if (older.kind === 'searched')
    return (
      <>
        Many lines were read. None of them matches. <Act does="Search further" act={onOlder} />
      </>
    )
  if (older.kind === 'failed')
    return (
      <>
        Older lines could not be read. {reasonOf(older.error)} <Act does="Try again" act={onOlder} />
      </>
    )
  return null
}

function Act({ does, act }: { readonly does: string; readonly act: () => void }): VNode {
  return (
    <button type="button" class="btn" onClick={act}>
      {does}
    </button>
  )
}
