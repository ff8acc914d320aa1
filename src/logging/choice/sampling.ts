import type { WorkContext } from '../../context/request-context.js'

/**
 * True if the lines below `warn` of a request are left out. All lines of a request, those of its jobs and those of other processes with
 * its id share one answer, because it comes from the id.
 *
 * @param share the share of requests whose lines are written, 0 to 1
 */
export function isLeftOut(context: WorkContext, share: number): boolean {
  const { work } = context
  work.isLeftOut ??= placeOf(context.parentId ?? context.requestId) >= share
  return work.isLeftOut
}

/** A number from 0 to 1, spread evenly over ids: FNV-1a, and the last step of MurmurHash3, since ids of one time begin alike. */
export function placeOf(id: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
