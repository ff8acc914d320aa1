import type { RequestContext } from '../../../context/request-context.js'
import { duration } from '../../../safe-values/duration.js'
import { escapeText } from '../../../safe-values/escape.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Entry } from '../../entry.js'
import { type ErrorValue, errorOf } from './errors.js'

const slowMs = 1_000

/** True for the line of a request or attempt, and for the line of late work after their end. */
export function isRequestRow({ logger }: Entry, fields: Entry['fields']): boolean {
  return logger === 'requests' && typeof fields['kind'] === 'string'
}

/** True if a request took a second or longer. Jobs and upgraded connections may take long, so they do not count. */
export function isSlow({ kind, durationMs, upgraded }: Entry['fields']): boolean {
  return kind === 'request' && typeof durationMs === 'number' && durationMs >= slowMs && upgraded !== true
}

/**
 * The queries of a request, and the one that was sent most often. Empty without queries.
 *
 * @example '41 queries 212 ms, 25 of them SELECT posts'
 */
export function queriesNote({ queries }: Entry['fields']): string {
  const { calls, ms, repeated } = objectOf(queries)
  if (typeof calls !== 'number' || typeof ms !== 'number' || calls === 0) return ''
  const sum = `${calls} ${calls === 1 ? 'query' : 'queries'} ${duration(ms)}`
  const most = objectOf(Array.isArray(repeated) ? repeated[0] : undefined)
  if (typeof most['calls'] !== 'number') return sum
  return `${sum}, ${most['calls']} of them ${escapeText(String(most['summary'] ?? most['system']))}`
}

function objectOf(value: SafeValue | undefined): { readonly [name: string]: SafeValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

/** Where an error was shown: in Spoor's own entry about a failed request, or in an entry of the service. */
export type ShownBy = 'failure' | 'entry'

/**
 * Remembers which errors were shown in each context, so that other entries of the same request need not repeat them.
 * An error that was not shown (because of the level of its logger, or of `errors.level`) is not remembered.
 */
export class ShownErrors {
  readonly #byContext = new WeakMap<RequestContext, Set<string>>()

  note(context: RequestContext | undefined, error: SafeValue | undefined, by: ShownBy): void {
    const shown = shownError(error)
    if (context === undefined || shown === undefined) return
    const signatures = [signatureOf(shown), stackSignature(shown, by)]
    const known = this.#byContext.get(context)
    if (known === undefined) this.#byContext.set(context, new Set(signatures))
    else for (const signature of signatures) known.add(signature)
  }

  /** Whether an error with this type and message was shown. */
  has(context: RequestContext | undefined, error: SafeValue | undefined): boolean {
    return this.#knows(context, error, signatureOf)
  }

  /** Whether the same error, thrown at the same place, was shown there. */
  hasSame(context: RequestContext | undefined, error: SafeValue | undefined, by: ShownBy): boolean {
    return this.#knows(context, error, (shown) => stackSignature(shown, by))
  }

  #knows(
    context: RequestContext | undefined,
    error: SafeValue | undefined,
    signature: (error: ErrorValue) => string,
  ): boolean {
    const known = context === undefined ? undefined : this.#byContext.get(context)
    const shown = known === undefined ? undefined : shownError(error)
    return known !== undefined && shown !== undefined && known.has(signature(shown))
  }
}

const maxSignature = 200

function shownError(value: SafeValue | undefined): ErrorValue | undefined {
  return value === undefined ? undefined : errorOf('error', value)
}

// Only the start of the message counts, because a long message may be cut in different places on different lines.
function signatureOf({ type, message }: ErrorValue): string {
  return `${type}: ${message.slice(0, maxSignature)}`
}

function stackSignature(error: ErrorValue, by: ShownBy): string {
  return `${by} ${signatureOf(error)} ${error['stack'] ?? ''}`
}
