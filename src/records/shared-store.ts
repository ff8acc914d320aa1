import type { LiveRequest } from './live-request.js'
import type { ReadAccess } from './read-access.js'
import type { StretchKind } from './totals/stretches.js'

/** A process, as it tells the others about itself. */
export interface ProcessFacts {
  /** `host:pid`, as records have it. */
  readonly instance: string
  /** Tells processes of one name apart. Containers may share host and process id. */
  readonly run?: string | undefined
  readonly service: string
  readonly version?: string | undefined
  readonly node: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
}

/** A process, as a store knows it. */
export interface KnownProcess extends ProcessFacts {
  /** How long ago it gave a sign of life, in ms, by the clock of the store. */
  readonly silentMs: number
}

/** What is open in all processes. `openMs` of each request counts until now, and `run` is that of its process. */
export interface LiveSeen {
  readonly processes: readonly KnownProcess[]
  readonly items: readonly (LiveRequest & Pick<ProcessFacts, 'run'>)[]
}

/** Open requests and jobs of all processes of a service. The store applies `access` before it parses anything. */
export interface LiveStore {
  /**
   * Tells that a process lives, and what is open in it now. Called every second. Rejects also while records of the process wait because
   * they cannot be written; failures are counted, and the first is logged.
   */
  beat(process: ProcessFacts, open: readonly LiveRequest[]): void | Promise<void>
  /** What is open in all processes, also in those that are gone without a word: they give no more signs of life. */
  list(access: ReadAccess): LiveSeen | Promise<LiveSeen>
  /** Forgets a process that ends. `run` is that of its beats. */
  leave(instance: string, run?: string): void | Promise<void>
}

/** What tells the totals of one process and one stretch of time from others. */
export interface StretchHead {
  /** `host:pid`, as records have it. */
  readonly instance: string
  /** Tells apart processes of one name: in a container, each may have the same. */
  readonly run: string
  readonly kind: StretchKind
  /** When it began, by a clock of its process. One with the same `run`, `kind` and `start` is replaced. */
  readonly start: number
  /** False while its process adds to it. */
  readonly isOver: boolean
  /**
   * How long ago it began, in ms: by the clock of the process that puts it, and of the store for those who read it. The clocks of
   * machines may differ.
   */
  readonly agoMs: number
}

/** The totals of one process and one stretch of time. */
export interface SharedStretch extends StretchHead {
  /** Each the fields of one line of totals, as JSON. */
  readonly lines: readonly string[]
}

/** Totals of all processes of a service, without access: `reading` applies it to the sums. */
export interface TotalsStore {
  /** Stores a stretch. Called every 5 s, outside of requests; failures are counted. */
  put(stretch: SharedStretch): void | Promise<void>
  /**
   * The stretches of a kind that began at most `agoMs` ago.
   *
   * @param isWanted called for each, the last first; false for those whose lines the caller does not need: they are left out
   */
  since(kind: StretchKind, agoMs: number, isWanted: (head: StretchHead) => boolean): AsyncIterable<SharedStretch>
}
