import { type Found, isArray, member } from './found.js'
import * as say from './sentences.js'

/** True for an issue of zod 3 or 4. */
export function isZodIssue(issue: unknown): boolean {
  return typeof member(issue, 'code') === 'string' && isArray(member(issue, 'path'))
}

/** Adds the field errors of one issue: https://zod.dev/error-customization, https://v3.zod.dev/ERROR_HANDLING. */
export function addZodIssue(issue: unknown, found: Found): void {
  const path = [...found.items(member(issue, 'path'))]
  if (member(issue, 'code') === 'unrecognized_keys') {
    for (const key of found.items(member(issue, 'keys'))) found.add([...path, key], say.unknown)
  } else {
    found.add(path, saidBy(issue))
  }
}

function saidBy(issue: unknown): say.Said {
  switch (member(issue, 'code')) {
    case 'invalid_type':
      return isMissing(issue) ? say.required : say.wrongType(member(issue, 'expected'))
    case 'invalid_date':
      return say.wrongType('date')
    case 'invalid_format':
      return say.wrongFormat(member(issue, 'format'))
    case 'invalid_string':
      return say.wrongFormat(member(issue, 'validation'))
    case 'invalid_value':
    case 'invalid_literal':
    case 'invalid_enum_value':
    case 'invalid_union_discriminator':
      return isMissing(issue) ? say.required : say.notAllowed
    case 'invalid_union':
      return typeof member(issue, 'discriminator') === 'string' ? say.notAllowed : say.noMatch
    case 'too_small':
      return limited(issue, 'minimum')
    case 'too_big':
      return limited(issue, 'maximum')
    case 'not_multiple_of':
      return say.notMultiple(member(issue, 'divisor') ?? member(issue, 'multipleOf'))
    default:
      return say.invalid
  }
}

// zod 4 says only in its message that there was no value. No part of the message is repeated.
function isMissing(issue: unknown): boolean {
  if (member(issue, 'received') === 'undefined') return true
  const message = member(issue, 'message')
  return typeof message === 'string' && message.endsWith('received undefined')
}

const counted: Readonly<Record<string, say.Counted>> = {
  string: 'characters',
  array: 'items',
  set: 'items',
  map: 'members',
  object: 'members',
  file: 'bytes',
}

function limited(issue: unknown, name: 'minimum' | 'maximum'): say.Said {
  const limit = member(issue, name)
  const origin = member(issue, 'origin') ?? member(issue, 'type')
  const of = typeof origin === 'string' && Object.hasOwn(counted, origin) ? counted[origin] : undefined
  const isDate = origin === 'date'
  if (of !== undefined) {
    if (member(issue, 'exact') === true) return say.wrongLength(limit, of)
    return name === 'minimum' ? say.tooShort(limit, of) : say.tooLong(limit, of)
  }
  const inclusive = member(issue, 'inclusive') !== false
  // zod gives the limit of a date in milliseconds.
  const shown = isDate ? undefined : limit
  return name === 'minimum' ? say.tooSmall(shown, inclusive) : say.tooLarge(shown, inclusive)
}
