import { ownMembers } from './safe-values/own-member.js'
import type { TrackingOptions } from './spoor-options.js'
import { Tracking } from './tracking/tracking.js'
import { openUsage, type Usage } from './usage/usage.js'

/** The gate; undefined where nobody is measured. */
export function trackingOf(
  options: TrackingOptions = ownMembers({}),
  warnOnce: (about: string, message: string) => void,
): Tracking | undefined {
  const { mode = 'header', allow = allowed, maxOpen = 20, maxMs = 30_000 } = options
  if (mode === 'off') return undefined
  const { lateMs = 2_000, memory = false, fs = false } = options
  const warn = (message: string): void => warnOnce('no clock', message)
  const openOwn = (): Usage => openUsage({ always: mode === 'all', lateMs, memory, fs, warn })
  return new Tracking({ mode, allow, maxOpen, maxMs, openUsage: openOwn, warnOnce })
}

function allowed({ roles }: { roles: readonly string[] }): boolean {
  return roles.includes('admin') || roles.includes('developer')
}
