import { classMember } from '../safe-values/own-member.js'

/** One wrong field of a request, as the member `errors` of an error response names it (RFC 9457, section 3). */
export interface FieldError {
  /** A JSON pointer to the field in the body, as the fragment of a URI: `#/items/0/price` (RFC 6901, section 6). */
  readonly pointer?: string | undefined
  /** The name of a field that is not in a JSON body, such as a parameter of the query. */
  readonly field?: string | undefined
  /** A sentence for people: what is expected of the field. */
  readonly detail: string
  /** For programs: small letters, digits, `_ . -`. */
  readonly code?: string | undefined
}

export const maxFieldErrors = 100
export const maxPointerLength = 300
const maxDetailLength = 300

/** True for a code that a response may have. */
export function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9_.-]{0,63}$/.test(value)
}

/**
 * The field errors that `errors.map` returned: at most 100, each with a detail. Members of a wrong type and errors without a detail
 * are left out, and long texts are cut. Reads each member once.
 *
 * @returns undefined without a valid error
 */
export function fieldErrorsOf(given: unknown): readonly FieldError[] | undefined {
  if (!Array.isArray(given)) return undefined
  const errors: FieldError[] = []
  for (const one of given.slice(0, maxFieldErrors)) {
    const error = fieldErrorOf(one)
    if (error !== undefined) errors.push(error)
  }
  return errors.length === 0 ? undefined : errors
}

function fieldErrorOf(given: unknown): FieldError | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const member = (name: string): unknown => classMember(given, name)
  const detail = textOf(member('detail'), maxDetailLength)
  if (detail === undefined || detail === '') return undefined
  const code = member('code')
  return {
    pointer: textOf(member('pointer'), maxPointerLength),
    field: textOf(member('field'), maxPointerLength),
    detail,
    code: isCode(code) ? code : undefined,
  }
}

function textOf(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.length > max ? `${value.slice(0, max)}…` : value
}
