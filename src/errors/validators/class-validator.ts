import { type Found, isArray, member } from './found.js'
import * as say from './sentences.js'

const maxDepth = 32

/** True for an error of class-validator. */
export function isClassValidatorError(error: unknown): boolean {
  if (typeof member(error, 'property') !== 'string') return false
  return isObject(member(error, 'constraints')) || isArray(member(error, 'children'))
}

/** Adds the field errors of one error and of those inside it: https://github.com/typestack/class-validator#validation-errors. */
export function addClassValidatorError(error: unknown, found: Found, path: readonly unknown[] = []): void {
  const own = [...path, member(error, 'property')]
  // The messages may have the value in them, the names do not.
  for (const name of found.items(namesIn(member(error, 'constraints')))) found.add(own, saidBy(String(name)))
  if (path.length >= maxDepth) return
  for (const child of found.items(member(error, 'children'))) {
    if (isClassValidatorError(child)) addClassValidatorError(child, found, own)
  }
}

function namesIn(constraints: unknown): readonly string[] {
  try {
    return isObject(constraints) ? Object.keys(constraints) : []
  } catch {
    return []
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const types: Readonly<Record<string, string>> = {
  isString: 'string',
  isNumber: 'number',
  isInt: 'integer',
  isBoolean: 'boolean',
  isArray: 'array',
  isObject: 'object',
  isDate: 'date',
}

const said: Readonly<Record<string, say.Said>> = {
  isDefined: say.required,
  isNotEmpty: say.required,
  isNotEmptyObject: say.required,
  whitelistValidation: say.unknown,
  isIn: say.notAllowed,
  isEnum: say.notAllowed,
  equals: say.notAllowed,
  isNotIn: say.notAllowed,
  notEquals: say.notAllowed,
  arrayUnique: say.notUnique,
  nestedValidation: say.wrongType('object'),
  min: say.tooSmall(undefined),
  minDate: say.tooSmall(undefined),
  isPositive: say.tooSmall(0, false),
  max: say.tooLarge(undefined),
  maxDate: say.tooLarge(undefined),
  isNegative: say.tooLarge(0, false),
  isDivisibleBy: say.notMultiple(undefined),
  minLength: say.tooShort(undefined, 'characters'),
  maxLength: say.tooLong(undefined, 'characters'),
  isLength: say.wrongLength(undefined, 'characters'),
  arrayNotEmpty: say.tooShort(1, 'items'),
  arrayMinSize: say.tooShort(undefined, 'items'),
  arrayMaxSize: say.tooLong(undefined, 'items'),
  matches: say.wrongFormat(undefined),
}

function saidBy(name: string): say.Said {
  if (Object.hasOwn(said, name)) return said[name] as say.Said
  if (Object.hasOwn(types, name)) return say.wrongType(types[name])
  return say.isFormat(name.replace(/^is/, '')) ? say.wrongFormat(name.replace(/^is/, '')) : say.invalid
}
