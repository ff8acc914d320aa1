import type { ListedRequest, Waits } from '../protocol.js'

/** The kinds of time, in the order in which time is divided. */
export const kinds = ['cpu', 'held', 'call', 'query', 'pool', 'step', 'wait', 'unknown'] as const

export type Kind = (typeof kinds)[number]

/** A kind of time as words. */
export const kindNames: Readonly<Record<Kind, string>> = {
  cpu: 'own CPU',
  held: 'held up',
  call: 'outgoing calls',
  query: 'queries',
  pool: 'waiting for a connection',
  step: 'steps',
  wait: 'other waits',
  unknown: 'not measured',
}

/** A part of a request's time. */
export interface Part {
  readonly kind: Kind
  readonly ms: number
}

/** The parts of a request's duration. They add up to it. */
export function partsOf(request: Pick<ListedRequest, 'cpu' | 'waits' | 'durationMs'>): readonly Part[] {
  const { cpu, waits, durationMs } = request
  if (waits === undefined) return [{ kind: 'unknown', ms: durationMs }]
  const all: Part[] = [{ kind: 'cpu', ms: cpu?.ms ?? 0 }, ...waitParts(waits)]
  return all.filter(({ ms }) => ms > 0)
}

function waitParts(waits: Waits): Part[] {
  return [
    { kind: 'held', ms: waits.heldUpMs ?? 0 },
    { kind: 'call', ms: waits.outgoingMs },
    { kind: 'pool', ms: waits.poolMs ?? 0 },
    { kind: 'query', ms: waits.queriesMs ?? 0 },
    { kind: 'step', ms: waits.stepsMs ?? 0 },
    { kind: 'wait', ms: waits.otherMs ?? 0 },
    { kind: 'unknown', ms: waits.unmeasuredMs },
  ]
}

/** The class of a kind's swatch in a sentence or legend. */
export function swatchOf(kind: Kind): string {
  if (kind === 'pool') return 'sw query pale'
  if (kind === 'step') return 'sw wait'
  return kind === 'unknown' ? 'sw unk' : `sw ${kind}`
}
