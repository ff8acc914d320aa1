/**
 * What is kept of one finished request or job. Times in ms, sizes in bytes; a member that was not measured is absent,
 * never 0. More members come with the parts that measure them.
 */
export interface RequestRecord {
  /** Our own id, UUIDv7; equal to `requestId` where we made that. */
  readonly id: string
  readonly requestId: string
  readonly clientRequestId?: string | undefined
  readonly kind: 'request' | 'job'
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly method?: string | undefined
  /** The route's pattern, `/api/v1/posts/:id`; absent if none matched. */
  readonly route?: string | undefined
  /** Without its query. */
  readonly path?: string | undefined
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The connection closed before the whole response was handed over. */
  readonly aborted?: true | undefined
  readonly name?: string | undefined
  readonly service: string
  readonly version?: string | undefined
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  readonly io?: { readonly client: { readonly readBytes: number; readonly writtenBytes: number } } | undefined
  /** What made it fail, as it was thrown. */
  readonly error?: unknown
}
