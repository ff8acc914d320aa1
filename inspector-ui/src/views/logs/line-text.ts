import { isObject, valueText } from '../../format/texts.js'
import type { ShownLine } from '../../protocol.js'

/** A field of a line as the list shows it. */
export interface ShownField {
  readonly name: string
  readonly value: string
}

type Fields = Readonly<Record<string, unknown>>

const maxFields = 16
const maxStackLines = 60
const maxCauses = 5

/** Members of a request's or job's line that its message already has, or that only its story explains. */
const toldByMessage = new Set(
  (
    'kind id method route path status name service version pid instance startedAt durationMs ' +
    'clientTraceId io logs fields counts error cpu waits memory queries outgoing timeline steps process heldUp'
  ).split(' '),
)

/** What the message of an outgoing call repeats. */
const ofCalls = new Set(['method', 'host', 'route', 'path', 'status'])

/**
 * The fields of a line. Errors are one text: `TypeError: …`.
 *
 * @param isWhole false leaves out values that the message repeats
 */
export function shownFields({ fields = {}, message = '' }: ShownLine, isWhole: boolean): readonly ShownField[] {
  const isRequest = fields['kind'] === 'request' || fields['kind'] === 'job'
  const own = Object.entries(fields).filter(([name]) => !isRequest || !toldByMessage.has(name))
  const added = isRequest ? [...membersOf(fields['fields']), ...membersOf(fields['counts'])] : []
  const error = isRequest && fields['error'] !== undefined ? [['error', fields['error']] as const] : []
  const all = [...own, ...added, ...error].filter(
    ([name, value]) => isWhole || !(ofCalls.has(name) && message.includes(String(value))),
  )
  const shown = all.slice(0, maxFields).map(([name, value]) => ({ name, value: textOf(value) }))
  const more = all.length - shown.length
  return more > 0 ? [...shown, { name: '', value: `and ${more} more` }] : shown
}

function textOf(value: unknown): string {
  const error = asError(value)
  if (error === undefined) return valueText(value)
  const { type, message, code } = error
  const head = [type, message].filter((part) => typeof part === 'string' && part !== '').join(': ')
  return head === '' ? valueText(code ?? value) : head
}

/** The stacks in a line's errors and their causes, as lines; undefined if there is none. */
export function stackOf({ fields }: ShownLine): readonly string[] | undefined {
  for (const value of Object.values(fields ?? {})) {
    const lines = stackLines(value)
    if (lines.length > 0) return lines.slice(0, maxStackLines)
  }
  return undefined
}

function stackLines(error: unknown): string[] {
  const lines: string[] = []
  let one = asError(error)
  for (let depth = 0; one !== undefined && depth < maxCauses; depth++) {
    const { stack, type, message, cause } = one
    if (typeof stack === 'string') {
      const own = stack.split('\n', maxStackLines)
      lines.push(...(depth === 0 ? own : [`caused by ${own[0] ?? ''}`, ...own.slice(1)]))
    } else if (depth > 0) lines.push(`caused by ${[type, message].filter(Boolean).map(valueText).join(': ')}`)
    else return []
    one = asError(cause)
  }
  return lines
}

/** An object that describes an error. */
function asError(value: unknown): Fields | undefined {
  return isObject(value) && 'message' in value && ('stack' in value || 'type' in value) ? value : undefined
}

function membersOf(value: unknown): (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : []
}

/** The id that a request's lines and those of its jobs have in common. */
export function familyOf({ requestId, parentId }: ShownLine): string | undefined {
  return parentId ?? requestId
}

/** Whether a line belongs to a request or to a job of it. */
export function isOfFamily({ requestId, parentId }: ShownLine, family: string): boolean {
  return requestId === family || parentId === family
}
