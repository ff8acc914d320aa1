import type { Level } from '../logging/levels.js'
import { oncePerProcess } from '../process/once.js'
import type { StoredRecord } from '../records/record.js'

/** A line as it was written, parsed. */
export interface CapturedLine {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly logger: string
  readonly message: string
  readonly requestId?: string
  readonly parentId?: string
  readonly traceId?: string
  readonly account?: string
  /** The entry's own fields, redacted. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The response headers that Spoor sets, of one response. */
export interface SentHeaders {
  readonly requestId: string
  readonly headers: Readonly<Record<string, string>>
}

/** What assertions ask of a capture. Its shape is shared by copies of the package, so it changes only with the name below. */
export interface CaptureView {
  lines(): readonly CapturedLine[]
  records(): readonly StoredRecord[]
  headers(): readonly SentHeaders[]
  noteHeaders(sent: SentHeaders): void
  /** The header of the request id, in lower case. */
  readonly idHeader: string
  /** True while a request or job of this id has not ended. */
  isOpen(id: string): boolean
  readonly isClosed: boolean
  /** Calls `listener` when a request or job has ended, and when the capture is closed. @returns a function that ends it */
  onChange(listener: () => void): () => void
}

/** The captures that are open. A test may have the assertions from another copy of the package than the capture. */
export function openCaptures(): Set<CaptureView> {
  return oncePerProcess('captures.1', () => new Set<CaptureView>())
}

const views = new WeakMap<object, CaptureView>()

/** Makes `viewOf` find the view of what `captureSpoor` returned. */
export function keepView(capture: object, view: CaptureView): void {
  views.set(capture, view)
}

/** The view of what `captureSpoor` of this copy returned; it may be closed. */
export function viewOf(capture: object): CaptureView | undefined {
  return views.get(capture)
}
