import type { LiveRequest } from './live-request.js'
import type { ReadAccess } from './read-access.js'

/** A process, as it tells the others about itself. */
export interface ProcessFacts {
  /** `host:pid`, as records have it. */
  readonly instance: string
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

/** What is open in all processes. `openMs` of each request counts until now. */
export interface LiveSeen {
  readonly processes: readonly KnownProcess[]
  readonly items: readonly LiveRequest[]
}

/** Open requests and jobs of all processes of a service. The store applies `access` before it parses anything. */
export interface LiveStore {
  /** Tells that a process lives, and what is open in it now. Called every second; failures are counted. */
  beat(process: ProcessFacts, open: readonly LiveRequest[]): void | Promise<void>
  /** What is open in all processes, also in those that are gone without a word: they give no more signs of life. */
  list(access: ReadAccess): LiveSeen | Promise<LiveSeen>
  /** Forgets a process that ends. */
  leave(instance: string): void | Promise<void>
}

/** The totals of one process and one minute, as JSON. */
export interface SharedMinute {
  readonly instance: string
  /** When the minute began, ms since the epoch. */
  readonly from: number
  /** The lines of totals of this minute: each the fields of one line, as JSON. */
  readonly lines: readonly string[]
}

/** Totals of all processes of a service, by minute. Only readers of everything get them. */
export interface TotalsStore {
  /** Stores a minute. One of the same process and start is replaced. */
  put(minute: SharedMinute): void | Promise<void>
  /** The minutes that began at or after a time, in any order. */
  since(from: number): readonly SharedMinute[] | Promise<readonly SharedMinute[]>
}
