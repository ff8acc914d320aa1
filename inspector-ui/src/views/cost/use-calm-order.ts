import { useEffect, useRef, useState } from 'preact/hooks'
import { inKeptOrder } from './sort.js'

const calmAfterMs = 5_000

interface CalmOrder<Item> {
  readonly rows: readonly Item[]
  /** Handlers of the element that the rows stand in. */
  readonly watch: { readonly onPointerMove: () => void; readonly onPointerLeave: () => void }
}

/**
 * Rows whose figures are new, but which keep their places while the pointer moves over them. They are sorted again when the
 * reader asks for it, or left them alone for 5 s.
 *
 * @param sorted the rows in the order that they should have
 * @param question a new one is shown at once in its own order
 */
export function useCalmOrder<Item>(
  sorted: readonly Item[],
  keyOf: (item: Item) => string,
  question: string,
): CalmOrder<Item> {
  const kept = useRef<{ question: string; keys: readonly string[] }>()
  const movedAt = useRef(Number.NEGATIVE_INFINITY)
  const [, draw] = useState(0)
  const isCalm = performance.now() - movedAt.current > calmAfterMs
  useEffect(() => {
    if (isCalm) return
    const timer = setTimeout(() => draw((turn) => turn + 1), calmAfterMs + 50)
    return () => clearTimeout(timer)
  })
  const mayKeep = kept.current?.question === question && !isCalm
  const rows = mayKeep ? inKeptOrder(sorted, kept.current?.keys ?? [], keyOf) : sorted
  kept.current = { question, keys: rows.map(keyOf) }
  return {
    rows,
    watch: {
      onPointerMove: () => {
        movedAt.current = performance.now()
      },
      onPointerLeave: () => {
        movedAt.current = Number.NEGATIVE_INFINITY
      },
    },
  }
}
