import type { RequestContext } from '../../../context/request-context.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Entry } from '../../entry.js'
import { errorOf } from './errors.js'

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
 * Remembers the errors that the root logger showed in each context, so that the row of a request does not repeat them. An
 * error that the root logger did not show (because of its level, or of `errors.level`) is not remembered.
 */
export class ShownErrors {
  readonly #byContext = new WeakMap<RequestContext, Set<string>>()

  note(context: RequestContext | undefined, error: SafeValue | undefined): void {
    const signature = signatureOf(error)
    if (context === undefined || signature === undefined) return
    const known = this.#byContext.get(context)
    if (known === undefined) this.#byContext.set(context, new Set([signature]))
    else known.add(signature)
  }

  has(context: RequestContext | undefined, error: SafeValue | undefined): boolean {
    const signature = signatureOf(error)
    if (context === undefined || signature === undefined) return false
    return this.#byContext.get(context)?.has(signature) ?? false
  }
}

const maxSignature = 200

// Only the start of the message counts, because a long message may be cut in different places on different lines.
function signatureOf(value: SafeValue | undefined): string | undefined {
  const error = value === undefined ? undefined : errorOf('error', value)
  return error && `${error.type}: ${error.message.slice(0, maxSignature)}`
}
