import type { RequestContext } from '../../../context/request-context.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Entry } from '../../entry.js'
import { errorOf } from './errors.js'

const slowMs = 1_000

/** Whether an entry is the line of a request, an attempt, or of what came after their end. */
export function isRequestRow({ logger }: Entry, fields: Entry['fields']): boolean {
  return logger === 'requests' && typeof fields['kind'] === 'string'
}

/** Whether a request took a second or longer. Jobs and upgraded connections may be long. */
export function isSlow({ kind, durationMs, upgraded }: Entry['fields']): boolean {
  return kind === 'request' && typeof durationMs === 'number' && durationMs >= slowMs && upgraded !== true
}

/**
 * Remembers which errors the root logger showed in each context, so that the row of a request need not repeat them.
 * An error that was not shown (by the level of the root logger, or by `errors.level`) is not known here.
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

// The start of a text is enough: a longer one may be cut in another place on another line.
function signatureOf(value: SafeValue | undefined): string | undefined {
  const error = value === undefined ? undefined : errorOf('error', value)
  return error && `${error.type}: ${error.message.slice(0, maxSignature)}`
}
