import { type ReadAccess, seesAll, seesInternals } from '../../records/read-access.js'
import { ownMembers } from '../../safe-values/own-member.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import { isOfCaller, withheld } from '../shown-error.js'
import { withoutInFlight } from '../withheld-in-flight.js'

/** The members of a line that may hold what a reader may not see. */
interface ToldLine {
  readonly logger?: string | undefined
  readonly message?: string | undefined
  readonly fields?: Readonly<Record<string, SafeValue>> | undefined
}

/**
 * Makes lines as a reader may see them. A reader of one account sees no figures of the whole process in request lines. A reader without internals sees of an error only its code, as in records: messages,
 * stacks and causes reveal the inside of the service. Errors of a 4xx stay, the caller of the request knows them.
 */
export function withoutInternals<Line extends ToldLine>(access: ReadAccess): (line: Line) => Line {
  if (seesAll(access)) return (line) => line
  const shown = seesInternals(access) ? (line: Line) => line : withoutErrors
  return (line) => {
    const { logger, fields } = line
    if (logger !== 'requests' || fields === undefined) return shown(line)
    return shown({ ...line, fields: withoutInFlight(access, fields) })
  }
}

function withoutErrors<Line extends ToldLine>(line: Line): Line {
  const { fields = {}, message } = line
  const errors = Object.entries(fields).filter(([, value]) => isError(value) && !isKnownToCaller(fields, value))
  if (errors.length === 0) return line
  const shown = ownMembers({
    ...fields,
    ...Object.fromEntries(errors.map(([name, error]) => [name, withheld(error)])),
  })
  // `log.error(error)` writes the error's message as the line's.
  const tells = errors.some(([, error]) => isTold(message, (error as { message?: SafeValue }).message))
  return { ...line, fields: shown, ...(tells ? { message: 'message withheld' } : {}) }
}

/** Errors have a type and a message; every logger writes them so, under any name. */
function isError(value: SafeValue | undefined): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.hasOwn(value, 'stack') || (Object.hasOwn(value, 'type') && Object.hasOwn(value, 'message'))
}

function isKnownToCaller(fields: Readonly<Record<string, SafeValue>>, error: SafeValue | undefined): boolean {
  const { kind, status } = fields
  return isOfCaller({ kind, status, error })
}

function isTold(message: string | undefined, ofError: SafeValue | undefined): boolean {
  return typeof ofError === 'string' && ofError !== '' && message?.includes(ofError) === true
}
