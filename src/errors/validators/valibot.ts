import { type Found, member } from './found.js'
import * as say from './sentences.js'

const kinds: readonly unknown[] = ['schema', 'validation', 'transformation']

/** True for an issue of valibot 1. */
export function isValibotIssue(issue: unknown): boolean {
  return kinds.includes(member(issue, 'kind')) && typeof member(issue, 'type') === 'string'
}

/** Adds the field error of one issue: https://valibot.dev/guides/issues. */
export function addValibotIssue(issue: unknown, found: Found): void {
  const path = [...found.items(member(issue, 'path'))].map((step) => member(step, 'key'))
  const isSchema = member(issue, 'kind') === 'schema'
  found.add(path, isSchema ? ofSchema(issue) : ofAction(issue))
}

function ofSchema(issue: unknown): say.Said {
  const [type, expected] = [member(issue, 'type'), member(issue, 'expected')]
  // Of a missing member, `expected` is its name in quotes. Only this text has no quotes in `received`.
  if (member(issue, 'received') === 'undefined') return say.required
  switch (type) {
    case 'non_optional':
    case 'non_nullable':
    case 'non_nullish':
      return say.required
    case 'never':
      return say.unknown
    case 'picklist':
    case 'enum':
    case 'literal':
    case 'variant':
      return say.notAllowed
    case 'union':
    case 'intersect':
      return say.noMatch
    case 'custom':
    case 'instance':
      return say.invalid
    default:
      return expected === 'never'
        ? say.unknown
        : say.wrongType(String(type).replace(/^(?:strict|loose)_|_with_rest$/g, ''))
  }
}

function ofAction(issue: unknown): say.Said {
  const [type, limit] = [member(issue, 'type'), member(issue, 'requirement')]
  switch (type) {
    case 'min_value':
    case 'gt_value':
      return say.tooSmall(limit, type === 'min_value')
    case 'max_value':
    case 'lt_value':
      return say.tooLarge(limit, type === 'max_value')
    case 'multiple_of':
      return say.notMultiple(limit)
    case 'integer':
    case 'safe_integer':
      return say.wrongType('integer')
    case 'finite':
      return say.wrongType('number')
    case 'value':
    case 'values':
      return say.notAllowed
    case 'non_empty':
      return say.tooShort(1, countedIn(issue))
    default:
      return lengthOf(String(type), limit, issue) ?? formatOf(type, limit)
  }
}

const counted: Readonly<Record<string, say.Counted>> = {
  size: 'items',
  entries: 'members',
  bytes: 'bytes',
  graphemes: 'characters',
  code_points: 'characters',
}

function lengthOf(type: string, limit: unknown, issue: unknown): say.Said | undefined {
  const [, side, what = ''] = /^(?:(min|max)_)?([a-z_]+)$/.exec(type) ?? []
  const of = what === 'length' ? countedIn(issue) : Object.hasOwn(counted, what) ? counted[what] : undefined
  if (of === undefined) return undefined
  if (side === 'min') return say.tooShort(limit, of)
  return side === 'max' ? say.tooLong(limit, of) : say.wrongLength(limit, of)
}

// The type of the value, not the value.
function countedIn(issue: unknown): say.Counted {
  return typeof member(issue, 'input') === 'string' ? 'characters' : 'items'
}

function formatOf(type: unknown, requirement: unknown): say.Said {
  return say.isFormat(type) || requirement instanceof RegExp ? say.wrongFormat(type) : say.invalid
}
