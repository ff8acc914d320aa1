import type { RequestContext } from '../../../context/request-context.js'
import { escapeText } from '../../../safe-values/escape.js'
import { ownMembers } from '../../../safe-values/own-member.js'
import { rememberedMessages } from '../../../safe-values/remembered.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Entry } from '../../entry.js'
import { withoutClashes } from '../../field-names.js'
import { levelNames, levelNumbers } from '../../levels.js'
import { bold, green, levelColours, red, yellow } from './colours.js'
import { briefError, type ErrorValue, errorOf, errorOfStack } from './errors.js'
import { nothingRepeated as nothing, ofFailure, repeatedIn } from './repeated-fields.js'
import { isRequestRow, isSlow, queriesNote, type ShownErrors } from './request-row.js'

/** The parts of an entry that are shown, without colours and places. All texts are escaped, except those of errors. */
export interface View {
  /** The level, or SLOW; empty for the row of a request that went well. */
  readonly label: string
  readonly labelColour: string
  /** Empty in the row of a request. */
  readonly logger: string
  readonly message: string
  readonly messageColour: string
  /** The place of the request's status in the message. */
  readonly status: { readonly at: number; readonly length: number; readonly colour: string } | undefined
  /** A caller's error in short, if the message leaves it out. Usually empty. */
  readonly note: string
  readonly fields: readonly (readonly [key: string, value: SafeValue])[]
  readonly errors: readonly (readonly [name: string, error: ErrorValue])[]
  readonly isRed: boolean
  readonly hasFrames: boolean
}

const safe = rememberedMessages(escapeText)

/** The view of an entry. */
export function viewOf(entry: Entry, context: RequestContext | undefined, known: ShownErrors): View {
  // Own members only: a dependency that changes Object.prototype must not change the screen.
  const fields = ownMembers(withoutClashes(entry.fields)) as Entry['fields']
  if (isRequestRow(entry, fields)) return rowView(entry, fields, context, known)
  const repeated = repeatedIn(entry.message, fields)
  const isFailure = repeated === ofFailure && entry.logger === 'root'
  const isAgain = isShownAgain(entry, fields, context, known, isFailure)
  const isRed = !isAgain && isSevere(entry)
  const shown = shownFields(fields, repeated)
  const isCallers = repeated === ofFailure && isCallersMistake(fields)
  return {
    label: levelNames[entry.level],
    labelColour: isAgain ? '' : levelColours[entry.level],
    logger: entry.logger,
    message: safe(entry.message),
    messageColour: isRed ? red : '',
    status: undefined,
    ...(isAgain ? withShortError(shown) : isCallers ? withNote(shown, fields) : { note: '', ...shown }),
    isRed,
    hasFrames: !isCallers,
  }
}

function isSevere({ level }: Entry): boolean {
  return levelNumbers[level] >= levelNumbers.error
}

/**
 * Whether the error of a severe entry was shown in the same request: the service logged the error, and Spoor's entry says how
 * the request failed, or the other way round. The second of them needs neither red nor the stack.
 */
function isShownAgain(
  entry: Entry,
  { error }: Entry['fields'],
  context: RequestContext | undefined,
  known: ShownErrors,
  isFailure: boolean,
): boolean {
  const isAgain = isSevere(entry) && known.hasSame(context, error, isFailure ? 'entry' : 'failure')
  if (entry.logger === 'root' || isSevere(entry)) known.note(context, error, isFailure ? 'failure' : 'entry')
  return isAgain
}

// An entry may have shown the error a moment before. Then the row only says how the request ended: a failure is one red entry.
function rowView(entry: Entry, fields: Entry['fields'], context: RequestContext | undefined, known: ShownErrors): View {
  const { error, status } = fields
  const isShown = known.has(context, error)
  const isRed = !isShown && isSevere(entry)
  const message = safe(entry.message)
  return {
    ...rowLabel(entry, fields, isShown),
    logger: '',
    message,
    messageColour: isRed ? red : '',
    status: isRed || typeof status !== 'number' ? undefined : placeOf(status, message),
    note: queriesNote(fields),
    ...shownFields(isShown || error === undefined ? {} : { error }, nothing),
    isRed,
    hasFrames: !isCallersMistake(fields),
  }
}

function rowLabel({ level }: Entry, fields: Entry['fields'], isShown: boolean): { label: string; labelColour: string } {
  const hasLevel = !isShown && level !== 'info'
  if (hasLevel && level !== 'warn') return { label: levelNames[level], labelColour: levelColours[level] }
  if (isSlow(fields)) return { label: 'SLOW', labelColour: yellow }
  return hasLevel ? { label: levelNames[level], labelColour: levelColours[level] } : { label: '', labelColour: '' }
}

function placeOf(status: number, message: string): View['status'] {
  const at = message.lastIndexOf(` ${status} `) + 1
  if (at === 0) return undefined
  const colour = status >= 500 ? bold : status >= 400 ? yellow : green
  return { at, length: String(status).length, colour }
}

type Shown = Pick<View, 'fields' | 'errors'>

function shownFields(fields: Entry['fields'], repeated: ReadonlySet<string>): Shown {
  const plain: [string, SafeValue][] = []
  const errors: (readonly [string, ErrorValue])[] = []
  for (const key in fields) {
    const value = fields[key] as SafeValue
    const error = typeof value === 'object' ? errorOf(key, value) : undefined
    const stack = key === 'stack' && typeof value === 'string' ? errorOfStack(value) : undefined
    if (error !== undefined) errors.push([key, error])
    else if (stack !== undefined) errors.push(stack)
    else if (!repeated.has(key)) plain.push([key, value])
  }
  return { fields: plain, errors }
}

/** The fields with the field `error` as a note of its type and message. */
function withShortError(shown: Shown): Shown & Pick<View, 'note'> {
  const error = shown.errors.find(([name]) => name === 'error')?.[1]
  const note = error === undefined ? '' : safe(`${error.type}: ${error.message}`)
  return { ...shown, note, errors: shown.errors.filter(([name]) => name !== 'error') }
}

/** The fields with the only error as a note, if a note says all of it. */
function withNote(shown: Shown, fields: Entry['fields']): Shown & Pick<View, 'note'> {
  const [first, ...more] = shown.errors
  const note = first === undefined || more.length > 0 || first[0] !== 'error' ? undefined : briefError(first[1], fields)
  return note === undefined ? { note: '', ...shown } : { ...shown, note, errors: [] }
}

/** True for an error that the caller caused. Its stack is not useful; its status and message are. */
function isCallersMistake({ status }: Entry['fields']): boolean {
  return typeof status === 'number' && status >= 400 && status < 500
}
