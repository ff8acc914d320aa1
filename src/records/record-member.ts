import type { SafeValue } from '../safe-values/safe-value.js'

export type Unit = 'ms' | 'ms after the start' | 'bytes' | 'count'

/** One member of a record, or of an object in it. */
export type Member =
  | { readonly kind: 'text' | 'flag' | 'boolean' | 'value' }
  | { readonly kind: 'time'; readonly unit: 'ISO 8601, UTC' }
  | { readonly kind: 'number'; readonly unit?: Unit }
  /** An object of any values, or of numbers, by names of the service's own. */
  | { readonly kind: 'values' | 'numbers' }
  /** Pairs of start and duration. */
  | { readonly kind: 'spans'; readonly unit: 'ms after the start, ms' }
  /** `list`: an array of objects. `names`: an object of objects, by a name. */
  | { readonly kind: 'object' | 'list' | 'names'; readonly parts: Parts }

/** The parts of an object. `isOptional`: the part may be absent. */
export type Parts = { readonly [name: string]: Member & { readonly isOptional?: true } }

/** The properties of each member of the record itself. */
export interface Column {
  readonly isOptional?: true
  /** True if lists of records have the member. */
  readonly inLists: boolean
  /** True if the line in `requests` has the member. */
  readonly inLine: boolean
  /** `beforeLine` may change or remove the member's texts. */
  readonly isEditable?: true
  /** The version that brought the member. */
  readonly since: string
}

/** The row of a value of type `T`. */
type Row<T> = [NonNullable<SafeValue>] extends [T]
  ? { readonly kind: 'value' }
  : [T] extends [true]
    ? { readonly kind: 'flag' }
    : [T] extends [boolean]
      ? { readonly kind: 'boolean' }
      : [T] extends [number]
        ? { readonly kind: 'number'; readonly unit?: Unit }
        : [T] extends [string]
          ? { readonly kind: 'text' } | { readonly kind: 'time'; readonly unit: 'ISO 8601, UTC' }
          : [T] extends [readonly (readonly [number, number])[]]
            ? { readonly kind: 'spans'; readonly unit: 'ms after the start, ms' }
            : [T] extends [readonly (infer Item)[]]
              ? { readonly kind: 'list'; readonly parts: Rows<Item> }
              : string extends keyof T
                ? OfNames<T[keyof T]>
                : { readonly kind: 'object'; readonly parts: Rows<T> }

/** The row of an object by names of the service's own. */
type OfNames<T> = [SafeValue] extends [T]
  ? { readonly kind: 'values' }
  : [T] extends [number]
    ? { readonly kind: 'numbers' }
    : { readonly kind: 'names'; readonly parts: Rows<T> }

type Optional<T> = undefined extends T ? { readonly isOptional: true } : { readonly isOptional?: never }

/** A row for each member of `T`; the compiler refuses a missing row, a row too many and a row of another kind. */
export type Rows<T, Extra = unknown> = {
  readonly [Name in keyof T]-?: Row<NonNullable<T[Name]>> & Optional<T[Name]> & Extra
}
