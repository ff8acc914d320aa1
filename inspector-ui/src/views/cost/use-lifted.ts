import { useState } from 'preact/hooks'

/** The account that stands out in the chart and in the table. */
export interface Lifted {
  /** Under the pointer or the focus, or else chosen; undefined: all stand alike. */
  readonly account: string | undefined
  readonly lift: (account: string | undefined) => void
}

/** Remembers which account the pointer or the keyboard stands on. */
export function useLifted(chosen: string | undefined): Lifted {
  const [pointed, lift] = useState<string | undefined>(undefined)
  return { account: pointed ?? chosen, lift }
}
