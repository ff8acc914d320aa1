import { type Check, check } from '../options.js'

/** Checks the path of an inspector. */
export const inspectorMount: Check = check(
  (value) => typeof value === 'string' && /^\/[^?#\s]*[^/?#\s]$/.test(value),
  'a path such as /_spoor',
  'leave out query and the / at its end',
)

/** The part of `url` behind `mount`; undefined if `url` is not below it. */
export function behindMount(mount: string, url: string): string | undefined {
  if (!url.startsWith(mount)) return undefined
  const rest = url.slice(mount.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}
