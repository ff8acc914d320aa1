import { escapeJson } from '../../../safe-values/escape.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import { CheckedEntry, EncodedEntry } from '../../encoded-entry.js'
import type { Entry } from '../../entry.js'
import { withoutClashes } from '../../field-names.js'
import { encodedFields } from '../../line.js'
import type { Dialect, ErrorMembers, Members } from './dialect.js'
import { factsOf, isFact, type PlainLine, plainRest } from './request-facts.js'
import { bareName } from './reserved-names.js'

/** Returns the function that writes an entry's fields in a dialect: as members with a comma before them, or ''. */
export function dialectFields(dialect: Dialect): (entry: Entry) => string {
  const mayClash = new RegExp(`"(?:${dialect.nameStart})`)
  const reservedName = new RegExp(`"((?:${dialect.nameStart})[^"\\\\]*)":`, 'g')
  return (entry) => {
    const isRequest = isRequestLine(entry.logger)
    if (entry instanceof EncodedEntry) {
      const text = entry.encodedFields
      if (text === '') return ''
      if (isRequest) {
        if (entry instanceof CheckedEntry && entry.parts !== undefined)
          return plainFields(dialect, entry.parts.read(), text)
      }
      // The text is searched before it is parsed: most fields have no name that a log service knows.
      else if (!entry.names.mayClash || !mayClash.test(text)) return `,${text}`
      else if (!text.includes('{')) return `,${renamedText(dialect, reservedName, text)}`
    }
    return fieldsOf(dialect, entry, isRequest)
  }
}

function plainFields({ request, moved }: Dialect, line: PlainLine, encodedFields: string): string {
  return `,${request(line.facts)},${moved.size === 0 ? encodedFields : plainRest(line, moved)}`
}

/**
 * Renames reserved names in the text of fields without objects. A quote after a comma begins a name, because a quote within a
 * value has a backslash before it. No value is an error or an object, so only a string may keep its reserved name.
 */
function renamedText(dialect: Dialect, reservedName: RegExp, text: string): string {
  return text.replace(reservedName, (member, name: string, at: number) => {
    if (at > 0 && text[at - 1] !== ',') return member
    const value = text[at + member.length] === '"' ? '' : 0
    return isTaken(dialect, name, value, false) ? `"${name}_":` : member
  })
}

function fieldsOf(dialect: Dialect, entry: Entry, isRequest: boolean): string {
  const fields = withoutClashes(entry.fields)
  if (!isRequest && !hasClash(dialect, fields)) {
    const members = entry instanceof EncodedEntry ? entry.encodedFields : encodedFields(entry.fields)
    return members === '' ? '' : `,${members}`
  }
  const request = isRequest ? dialect.request(factsOf(fields)) : ''
  const rest = escapeJson(JSON.stringify(translated(dialect, fields, entry, isRequest)).slice(1, -1))
  return `${request === '' ? '' : `,${escapeJson(request)}`}${rest === '' ? '' : `,${rest}`}`
}

/** True for the logger of request lines: only its fields have known meanings. */
export function isRequestLine(logger: unknown): boolean {
  return logger === 'requests'
}

function hasClash(dialect: Dialect, fields: Entry['fields']): boolean {
  for (const name in fields) {
    if (isError(name, fields[name]) || isTaken(dialect, name, fields[name] as SafeValue, false)) return true
  }
  return false
}

function translated(dialect: Dialect, fields: Entry['fields'], { level }: Entry, isRequest: boolean): Members {
  const members: [string, SafeValue][] = []
  for (const [name, value] of Object.entries(fields)) {
    if (isRequest && dialect.moved.has(name) && isFact(name, value)) continue
    if (isError(name, value)) members.push(...Object.entries(dialect.error(value as ErrorMembers, level)))
    else members.push([isTaken(dialect, name, value, isRequest) ? `${name}_` : name, value])
  }
  // Object.fromEntries, because an assignment to a member named __proto__ would set the prototype.
  return Object.fromEntries(members)
}

/** The name of a field, from its name in a line of the dialect. */
export function originalName(dialect: Dialect, name: string, isRequest: boolean): string {
  return name.endsWith('_') && dialect.isReserved(bareName(name), isRequest) ? name.slice(0, -1) : name
}

/**
 * True for a field that gets a trailing `_`. A field `status_` always gets one more, even if there is no field `status`, so
 * that a reader can always remove one.
 */
function isTaken(dialect: Dialect, name: string, value: SafeValue, isRequest: boolean): boolean {
  return dialect.isReserved(bareName(name), isRequest) && (name.endsWith('_') || !dialect.fits(name, value))
}

/** True for an error of an entry, whose members log services have names for. */
function isError(name: string, value: unknown): boolean {
  return name === 'error' && isErrorValue(value)
}

/** True for an error as lines have it: with a type, a message and perhaps a stack. */
export function isErrorValue(value: unknown): value is ErrorMembers {
  if (!isObject(value)) return false
  const [type, message, stack] = ['type', 'message', 'stack'].map((name) => own(value, name))
  return typeof type === 'string' && typeof message === 'string' && (stack === undefined || typeof stack === 'string')
}

/** True for an object that is not an array. */
export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of an own member. */
export function own(members: Members, name: string): SafeValue | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined
}

/** A copy with members renamed. A member that already has one of the new names gets a trailing `_`. */
export function withNames(members: Members, names: Readonly<Record<string, string>>): Members {
  const taken = new Set(Object.values(names))
  const nameOf = (name: string): string => {
    if (Object.hasOwn(names, name)) return names[name] as string
    return taken.has(bareName(name)) ? `${name}_` : name
  }
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [nameOf(name), value]))
}

/** Undoes `withNames`. */
export function withoutNames(members: Members, names: Readonly<Record<string, string>>): Members {
  const before = new Map(Object.entries(names).map(([from, to]) => [to, from]))
  const nameOf = (name: string): string => {
    const known = before.get(name)
    if (known !== undefined) return known
    return before.has(bareName(name)) ? name.slice(0, -1) : name
  }
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [nameOf(name), value]))
}
