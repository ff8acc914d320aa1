import { type Found, isArray, member } from './found.js'
import { stepsOf } from './pointer.js'
import * as say from './sentences.js'

/** True for an error of ajv 6 to 8. */
export function isAjvError(error: unknown): boolean {
  if (typeof member(error, 'keyword') !== 'string' || typeof member(error, 'schemaPath') !== 'string') return false
  return typeof placeOf(error) === 'string'
}

/** Adds the field error of one error: https://ajv.js.org/api.html#validation-errors. */
export function addAjvError(error: unknown, found: Found): void {
  const params = member(error, 'params')
  // The plugin ajv-errors puts one error in place of several.
  const replaced = member(params, 'errors')
  if (member(error, 'keyword') === 'errorMessage' && isArray(replaced)) {
    for (const one of found.items(replaced)) if (member(one, 'keyword') !== 'errorMessage') addAjvError(one, found)
    return
  }
  const path = stepsOf(String(placeOf(error)))
  const name = nameIn(params, member(error, 'keyword'))
  found.add(name === undefined ? path : [...path, name], saidBy(error, params))
}

function placeOf(error: unknown): unknown {
  return member(error, 'instancePath') ?? member(error, 'dataPath')
}

// The error of a missing or unknown member is about the object that should have it, or has it.
const namedBy: Readonly<Record<string, string>> = {
  required: 'missingProperty',
  dependencies: 'missingProperty',
  dependentRequired: 'missingProperty',
  additionalProperties: 'additionalProperty',
  unevaluatedProperties: 'unevaluatedProperty',
}

function nameIn(params: unknown, keyword: unknown): unknown {
  const key = String(keyword)
  return Object.hasOwn(namedBy, key) ? member(params, namedBy[key] as string) : undefined
}

function saidBy(error: unknown, params: unknown): say.Said {
  const [keyword, limit] = [member(error, 'keyword'), member(params, 'limit')]
  switch (keyword) {
    case 'required':
    case 'dependencies':
    case 'dependentRequired':
      return say.required
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'false schema':
      return say.unknown
    case 'type':
      return say.wrongType(firstOf(member(params, 'type')))
    case 'enum':
    case 'const':
    case 'discriminator':
      return say.notAllowed
    case 'anyOf':
    case 'oneOf':
      return say.noMatch
    case 'minimum':
    case 'exclusiveMinimum':
      return say.tooSmall(limit, member(params, 'comparison') !== '>')
    case 'maximum':
    case 'exclusiveMaximum':
      return say.tooLarge(limit, member(params, 'comparison') !== '<')
    case 'multipleOf':
      return say.notMultiple(member(params, 'multipleOf'))
    case 'pattern':
    case 'format':
      return say.wrongFormat(member(params, 'format'))
    case 'uniqueItems':
      return say.notUnique
    default:
      return lengthBy(String(keyword), limit) ?? say.invalid
  }
}

/** The type, if there is only one besides null. */
function firstOf(type: unknown): unknown {
  const types = isArray(type) ? type.slice(0, 10) : String(type).slice(0, 100).split(',')
  const others = types.filter((one) => one !== 'null')
  return others.length > 1 ? undefined : (others[0] ?? 'null')
}

const counted: Readonly<Record<string, say.Counted>> = {
  Length: 'characters',
  Items: 'items',
  Properties: 'members',
}

function lengthBy(keyword: string, limit: unknown): say.Said | undefined {
  const [, side, what = ''] = /^(min|max)([A-Z][a-z]+)$/.exec(keyword) ?? []
  const of = Object.hasOwn(counted, what) ? counted[what] : undefined
  if (of === undefined) return undefined
  return side === 'min' ? say.tooShort(limit, of) : say.tooLong(limit, of)
}
