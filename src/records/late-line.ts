import type { RequestContext } from '../context/request-context.js'
import { duration } from '../safe-values/duration.js'
import type { LateFigures } from '../usage/figures.js'

/** Less is not worth a line: what listens to the end of a response takes some 0.1 ms of almost every request. */
const minMs = 1

/** The line that says what a request or job used after its end; undefined if that is next to nothing. */
export function lateLine(
  { id, kind }: RequestContext,
  what: string,
  late: LateFigures,
): { fields: object; message: string } | undefined {
  if (late.cpuMs < minMs && (late.gcMs ?? 0) < minMs) return undefined
  return { fields: { kind: 'late', id, of: kind, late }, message: `${what} late ${duration(late.cpuMs)} CPU` }
}

/** The line that says that a request failed after its end. @param status what it would have been answered with */
export function failedLateLine(
  { id, kind }: RequestContext,
  what: string,
  status: number,
  error: unknown,
): { fields: object; message: string } {
  return { fields: { kind: 'late', id, of: kind, status, error }, message: `${what} failed after its end` }
}
