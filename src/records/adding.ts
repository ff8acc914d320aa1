import { currentContext } from '../context/storage.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { type Added, OwnFields } from '../work/own-fields.js'

const maxNameLength = 100

/** Adds the service's own fields and counts to the current request or job. Never throws; each kind of mistake has one warning. */
export class Adding {
  readonly #safe: (value: unknown) => SafeValue | undefined
  readonly #warnOnce: (about: string, message: string) => void
  #nowhere = 0

  /** @param safe makes a value safe, as in lines */
  constructor(safe: (value: unknown) => SafeValue | undefined, warnOnce: (about: string, message: string) => void) {
    this.#safe = safe
    this.#warnOnce = warnOnce
  }

  /** The number of calls of `add` and `count` outside any request and job, or after its line. */
  get nowhere(): number {
    return this.#nowhere
  }

  readonly add = (fields: Readonly<Record<string, unknown>>): void => {
    const own = this.#current()
    if (own === undefined) return
    const safe = this.#safe(fields)
    if (typeof safe !== 'object' || safe === null || Array.isArray(safe)) {
      this.#warnOnce('add: no object', 'add: expected an object of fields, got another value; write add({ plan })')
      return
    }
    for (const [name, value] of Object.entries(safe)) this.#check('add', own.add(name.slice(0, maxNameLength), value))
  }

  readonly count = (name: string, by = 1): void => {
    const own = this.#current()
    if (own === undefined) return
    if (typeof name !== 'string' || name === '' || typeof by !== 'number' || !Number.isFinite(by)) {
      this.#warnOnce(
        'count: no number',
        "count: expected a name and a finite number, got others; write count('tokens', 12)",
      )
      return
    }
    this.#check('count', own.count(String(this.#safe(name)).slice(0, maxNameLength), by))
  }

  /** The own fields of the current request or job. Undefined outside any, and after its line is written. */
  #current(): OwnFields | undefined {
    const work = currentContext()?.work
    if (work === undefined || work.line !== 'open') {
      this.#nowhere++
      return undefined
    }
    work.ownFields ??= new OwnFields()
    return work.ownFields
  }

  #check(call: 'add' | 'count', added: Added): void {
    if (added === 'kept') return
    const limit = added === 'too many names' ? 'at most 32 names' : 'at most 8 KB of fields'
    this.#warnOnce(`${call}: ${added}`, `${call}: expected ${limit} for one request, got more; the rest is left out`)
  }
}
