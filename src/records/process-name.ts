/** True if `wanted` names the process `instance` (`host:pid`): its host, its pid, or both with a colon or space between. */
export function isProcess(instance: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  const colon = instance.lastIndexOf(':')
  const [host, pid] = [instance.slice(0, colon), instance.slice(colon + 1)]
  return wanted === instance || wanted === host || wanted === pid || wanted === `${host} ${pid}`
}

/** A process by its parts; undefined for a text that is no `host:pid`. */
export function processOf(instance: string): { readonly host: string; readonly pid: number } | undefined {
  const colon = instance.lastIndexOf(':')
  const pid = Number(instance.slice(colon + 1))
  return colon > 0 && Number.isSafeInteger(pid) ? { host: instance.slice(0, colon), pid } : undefined
}

/**
 * True if `wanted` names the process that made a record. The line of a record has the process id only, so records that were read
 * from lines are compared by it.
 */
export function isOfProcess(
  { instance, pid }: { readonly instance: string; readonly pid: number },
  wanted: string,
): boolean {
  return isProcess(instance, wanted) || (instance === unknownInstance && Number(/\d+$/.exec(wanted)?.[0]) === pid)
}

/** The instance of a record that was read from a line. */
export const unknownInstance = 'unknown'
