import { classMember } from '../../safe-values/own-member.js'
import { type FieldError, maxFieldErrors } from '../field-errors.js'
import { pointerOf } from './pointer.js'
import type { Said } from './sentences.js'

// An error may have many issues of which none is recognized, and objects that hold each other.
const maxRead = 2_000

/** The field errors that were found so far. */
export class Found {
  readonly errors: FieldError[] = []
  #left = maxRead

  /** True while more issues may be read. */
  get hasRoom(): boolean {
    return this.errors.length < maxFieldErrors && this.#left > 0
  }

  add(path: Iterable<unknown>, { code, detail }: Said): void {
    if (this.errors.length < maxFieldErrors) this.errors.push({ pointer: pointerOf(path), detail, code })
  }

  /** The items of an array that may still be read; none for anything else. */
  *items(list: unknown): Generator<unknown> {
    if (!isArray(list)) return
    for (let index = 0; index < list.length && this.hasRoom; index++) {
      this.#left--
      yield item(list, index)
    }
  }
}

/** The value of a member of an object or of its class; undefined if there is no such member, or if reading it throws. */
export function member(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return classMember(value, name)
  } catch {
    return undefined
  }
}

/** True for an array; false for a proxy that was revoked. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value) && typeof value.length === 'number'
  } catch {
    return false
  }
}

function item(list: readonly unknown[], index: number): unknown {
  try {
    return list[index]
  } catch {
    return undefined
  }
}
