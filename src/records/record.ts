import type { SafeValue } from '../safe-values/safe-value.js'
import type { LateFigures, UsageFigures } from '../usage/figures.js'
import type { RequestRecord } from './request-record.js'

/**
 * The record of one finished request or job, as it is kept and read back: plain JSON, at most 32 KB. Times in ms (those
 * named `startMs` after its start), sizes in bytes. A member that was not measured is absent, never 0.
 */
export interface StoredRecord extends Omit<RequestRecord, 'error' | 'io'> {
  /** Host and id of the process: tells several instances of a service apart. */
  readonly instance: string
  readonly io: RecordIo
  /** Lines it wrote. */
  readonly logs?: { readonly lines: number; readonly warnings: number; readonly errors: number } | undefined
  /** Its calls to other services, the first 50. */
  readonly outgoing: readonly RecordedCall[]
  /** Stretches named by `spoor.measure`, the first 50. */
  readonly steps: readonly RecordedStep[]
  /** Jobs it queued, the first 50. */
  readonly jobs: readonly RecordedJob[]
  readonly late?: (LateFigures & { readonly lines?: number | undefined }) | undefined
  readonly error?: SafeValue | undefined
}

export interface RecordIo {
  readonly client?: { readonly readBytes: number; readonly writtenBytes: number } | undefined
  readonly outgoing?:
    | {
        readonly calls: number
        readonly readBytes?: number | undefined
        readonly writtenBytes?: number | undefined
        readonly byHost: Readonly<Record<string, { readonly calls: number; readonly ms: number }>>
      }
    | undefined
  readonly fs?: UsageFigures['fs'] | undefined
}

export interface RecordedCall {
  readonly startMs: number
  readonly firstByteMs?: number | undefined
  /** Absent while it is open. */
  readonly durationMs?: number | undefined
  readonly method: string
  readonly host: string
  readonly route: string
  readonly status?: number | undefined
  readonly errorCode?: string | undefined
  readonly reused?: boolean | undefined
  readonly readBytes?: number | undefined
  readonly writtenBytes?: number | undefined
}

export interface RecordedStep {
  readonly name: string
  readonly startMs: number
  /** Absent if it had not ended. */
  readonly durationMs?: number | undefined
}

export interface RecordedJob {
  readonly id: string
  readonly name?: string | undefined
  /** Of several that were queued at once: their ids begin with `id`. */
  readonly count?: number | undefined
  readonly queuedAtMs: number
}
