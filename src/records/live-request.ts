import type { LineCounts } from './record-parts.js'

/** A request or job that has not ended. */
export interface LiveRequest {
  readonly id: string
  readonly requestId: string
  readonly kind: 'request' | 'job'
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly path?: string | undefined
  readonly name?: string | undefined
  readonly startedAt: string
  /** How long it has been open. */
  readonly openMs: number
  /** CPU so far, if it is measured. */
  readonly cpuMs?: number | undefined
  /** Its calls so far. */
  readonly outgoing?: { readonly calls: number; readonly ms: number } | undefined
  /** Its database queries so far, and its waits for connections. `equal`: how often the most repeated text was sent. */
  readonly queries?:
    | {
        readonly calls: number
        readonly ms: number
        readonly poolMs?: number | undefined
        readonly equal?: number | undefined
      }
    | undefined
  /** Its log lines so far. */
  readonly logs?: LineCounts | undefined
  /** Host and process id, as in records. */
  readonly instance?: string | undefined
  readonly pid?: number | undefined
  /** True if its process gave no sign of life for 10 s. */
  readonly isLost?: true | undefined
}
