import type { VNode } from 'preact'

/** A shape beside Health when something is wrong. */
export function HealthFlag(): VNode | null {
  return null
}
