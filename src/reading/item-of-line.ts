import { unknownInstance } from '../records/process-name.js'
import type { ReadAccess } from '../records/read-access.js'
import type { EstimateCpu } from './cpu-estimates.js'
import { lineRecord } from './line-record.js'
import type { ListedRequest } from './listed-request.js'
import { shownRecord } from './shown-error.js'
import { listedRequest } from './shown-request.js'
import type { ShownLine } from './story/story.js'

/**
 * The item of a list that a request line tells of; the line itself if it has not what every item has.
 *
 * @param host the host of the processes that write the line's file, if it is known
 */
export function itemOf(
  { line, host }: { readonly line: ShownLine; readonly host?: string | undefined },
  access: ReadAccess,
  estimate: EstimateCpu,
): ListedRequest | ShownLine {
  const record = lineRecord(line)
  if (record === undefined) return line
  const isNamed = record.instance !== unknownInstance || host === undefined
  const named = isNamed ? record : { ...record, instance: `${host}:${record.pid}` }
  return listedRequest(shownRecord(access, named), estimate)
}
