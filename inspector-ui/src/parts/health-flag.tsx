import type { VNode } from 'preact'
import { readJson } from '../api/client.js'
import { useResource } from '../api/resource.js'
import { session } from '../api/session.js'
import { counted } from '../format/texts.js'
import type { Health } from '../protocol.js'

const everyMs = 30_000

/** A shape beside Health when something is wrong: a diamond for a failure, a triangle for a warning. */
export function HealthFlag(): VNode | null {
  // A reader of one account has no view Health, and so no flag.
  const { data } = useResource('health flag', (signal) => readJson<Health>('api/health', undefined, signal), everyMs)
  const lost = (session.value?.processes ?? []).filter(({ isLost }) => isLost).length
  const count = (level: string): number => (data?.troubles ?? []).filter((one) => one.level === level).length
  const failures = count('failure') + lost
  const warnings = count('warning')
  if (failures + warnings === 0) return null
  const words = [failures > 0 && counted(failures, 'failure'), warnings > 0 && counted(warnings, 'warning')]
  return <span class={failures > 0 ? 'flag bad' : 'flag'} role="img" aria-label={words.filter(Boolean).join(', ')} />
}
