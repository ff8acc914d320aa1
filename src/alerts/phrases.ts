import { escapeText } from '../safe-values/escape.js'

const maxCharacters = 100

/** An account inside a sentence: on one line, bounded. */
export function accountName(account: string): string {
  const escaped = escapeText(account)
  return escaped.length <= maxCharacters ? escaped : `${escaped.slice(0, maxCharacters)}…`
}

/** `60 %`; small shares with a digit more. */
export function percent(share: number): string {
  const value = share * 100
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} %`
}
