import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import { duration } from '../safe-values/duration.js'
import type { StuckNotice } from '../tracking/watchdog.js'
import type { Alert } from './alert.js'
import { accountName } from './phrases.js'

/** The alert about outputs that cannot be written; undefined if all can. */
export function outputFault(outputs: readonly OutputHealth[]): Alert | undefined {
  const failing = outputs.filter(({ error }) => error !== undefined)
  const [first] = failing
  if (first === undefined) return undefined
  const others = failing.length > 1 ? ` and ${failing.length - 1} more` : ''
  const code = codeIn(first.error)
  const kept = sumOf(failing, 'keptLines')
  const lost = sumOf(failing, 'lostLines')
  return {
    kind: 'output',
    sentence:
      `${first.output}${others} cannot be written${code === undefined ? '' : ` (${code})`}: ` +
      `${kept} lines wait, ${lost} were lost`,
    figures: { outputs: failing.length, output: first.output, code, keptLines: kept, lostLines: lost },
  }
}

/** What the writer of records says of its store. */
export interface StoreFailures {
  /** How often the store failed since the start. */
  readonly failed: number
  /** The request whose record was lost last. */
  readonly lastFailedId: string | undefined
}

/** The alert about a store that failed since the last look; undefined if it did not. */
export function storeFault(before: number, { failed, lastFailedId }: StoreFailures): Alert | undefined {
  const times = failed - before
  if (times <= 0) return undefined
  return {
    kind: 'store',
    requestId: lastFailedId,
    sentence:
      `the record store failed ${times === 1 ? 'once' : `${times} times`}: the records are missing, ` +
      'the request lines are written',
    figures: { failed: times, failedSinceStart: failed },
  }
}

/** The alert about a blocked event loop. */
export function stuckAlert({ ms, requestId, account, method, route, what }: StuckNotice): Alert {
  const whose = account === undefined ? '' : ` of ${accountName(account)}`
  return {
    kind: 'stuck',
    account,
    requestId,
    sentence: `${what}${whose} blocked the event loop for ${duration(ms)}`,
    figures: { blockedMs: Math.round(ms), method, route },
  }
}

function sumOf(outputs: readonly OutputHealth[], key: 'keptLines' | 'lostLines'): number {
  return outputs.reduce((sum, output) => sum + output[key], 0)
}

// The text of an error may quote a value. The codes of the system are fixed.
function codeIn(error: string | undefined): string | undefined {
  return /^(?:Error: )?(E[A-Z0-9]{2,20})\b/.exec(error ?? '')?.[1]
}
