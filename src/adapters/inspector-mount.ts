import { type Check, check } from '../options.js'

/** Checks the option `inspector` of an adapter: the path that the inspector is mounted at. */
export const inspectorMount: Check = check(isMount, 'a path such as /_spoor', 'leave out query and the / at its end')

function isMount(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*[^/?#\s]$/.test(value)
}

/** The part of `url` behind `mount`; undefined if `url` is not below it. */
export function behindMount(mount: string, url: string): string | undefined {
  if (!url.startsWith(mount)) return undefined
  const rest = url.slice(mount.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}
