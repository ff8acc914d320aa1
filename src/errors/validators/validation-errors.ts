import type { FieldError } from '../field-errors.js'
import { addAjvError, isAjvError } from './ajv.js'
import { addClassValidatorError, isClassValidatorError } from './class-validator.js'
import { Found, isArray, member } from './found.js'
import { addValibotIssue, isValibotIssue } from './valibot.js'
import { addZodIssue, isZodIssue } from './zod.js'

/** What `errors.map` returns for the error of a validator. */
export interface ValidationFailure {
  readonly status: 422
  readonly errors: readonly FieldError[]
}

const validators = [
  [isZodIssue, addZodIssue],
  [isValibotIssue, addValibotIssue],
  [isAjvError, addAjvError],
  [isClassValidatorError, addClassValidatorError],
] as const

/**
 * Turns the error of a validator into a 422 that names each wrong field: errors of zod 3 and 4, valibot 1, ajv (as thrown, as the
 * array `validate.errors`, or as Fastify's error with `validation`) and class-validator (the array, or Nest's BadRequestException
 * with it). The details say what the schema expects, in Spoor's own words: they never have a value of the caller or a message of the
 * validator. The pointers have the names of members, also of unknown ones. At most 100 errors. Never throws.
 *
 * @returns undefined for every other value
 * @example
 * createSpoor({ service: 'shop', logs, errors: { map: (error) => validationErrors(error) ?? ownErrors(error) } })
 */
export function validationErrors(error: unknown): ValidationFailure | undefined {
  for (const list of listsIn(error)) {
    const found = new Found()
    // The lists of validators have issues of one kind.
    const validator = validators.find(([isKnown]) => isKnown(member(list, '0')))
    if (validator === undefined) continue
    const [isKnown, add] = validator
    for (const issue of found.items(list)) if (isKnown(issue)) add(issue, found)
    if (found.errors.length > 0) return { status: 422, errors: found.errors }
  }
  return undefined
}

/** The places where an error may have its issues. */
function* listsIn(error: unknown): Generator<readonly unknown[]> {
  const response = member(error, 'response')
  const places = [error, member(error, 'issues'), member(error, 'validation'), member(error, 'errors'), response]
  for (const list of [...places, member(response, 'message')]) if (isArray(list)) yield list
}
