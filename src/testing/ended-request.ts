import type { StoredRecord } from '../records/record.js'
import type { CapturedLine, CaptureView } from './capture-view.js'

/** A request or job that has ended. */
export interface EndedRequest {
  readonly requestId: string
  /** Its record; undefined if it was not measured. */
  readonly record: StoredRecord | undefined
  /** Its lines, in order, the request line too. */
  readonly lines: readonly CapturedLine[]
}

// A timer of the test's own clock might never be due.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis

/**
 * Waits until a request has ended, in one of `captures`.
 *
 * @throws Error if it does not end in time, and if several captures have it
 */
export async function endOf(id: string, captures: readonly CaptureView[], withinMs: number): Promise<EndedRequest> {
  const inTime = () => found(id, captures)
  return inTime() ?? (await changed(captures, inTime, withinMs)) ?? fail(whyNot(id, captures, withinMs))
}

/** Resolves with what `look` finds after a change; with undefined after the time, or when all captures are closed. */
function changed<T>(
  captures: readonly CaptureView[],
  look: () => T | undefined,
  withinMs: number,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const end = (): void => {
      stopTimer(timer)
      for (const stop of stops) stop()
    }
    const see = (): void => {
      try {
        const seen = look()
        if (seen === undefined && !captures.every(({ isClosed }) => isClosed)) return
        end()
        resolve(seen)
      } catch (error) {
        end()
        reject(error)
      }
    }
    const timer = startTimer(() => {
      end()
      resolve(undefined)
    }, withinMs)
    // Where the record is stored, the line of the request is not written yet.
    for (const capture of captures) stops.push(capture.onChange(() => queueMicrotask(see)))
    see()
  })
}

function found(id: string, captures: readonly CaptureView[]): EndedRequest | undefined {
  const all = captures.flatMap((capture) => endedIn(capture, id) ?? [])
  if (all.length < 2) return all[0]
  const fix = 'pass the capture: expectRequest(response, { capture })'
  return fail(`expectRequest: expected the request ${id} in one capture, got ${all.length}; ${fix}`)
}

function endedIn(capture: CaptureView, id: string): EndedRequest | undefined {
  const lines = capture.lines()
  const isIts = (line: CapturedLine): boolean =>
    line.logger === 'requests' &&
    (line.requestId === id || line.fields['id'] === id) &&
    (line.fields['kind'] === 'request' || line.fields['kind'] === 'job')
  // The last one: callers may repeat an id, and a job has an attempt for each record.
  const record = capture.records().findLast((one) => one.requestId === id || one.id === id)
  const line = lines.findLast(isIts)
  if (record === undefined && line === undefined) return undefined
  const requestId = record?.requestId ?? line?.requestId ?? id
  return { requestId, record, lines: lines.filter((one) => one.requestId === requestId) }
}

function whyNot(id: string, captures: readonly CaptureView[], withinMs: number): string {
  const start = `expectRequest: expected the end of the request ${id}`
  if (captures.some((capture) => capture.isOpen(id))) {
    const fix = 'read the whole response (await response.text()), or give it more time: { withinMs }'
    return `${start} within ${withinMs} ms, but it is still open; ${fix}`
  }
  if (captures.every(({ isClosed }) => isClosed)) {
    return `${start}, but the capture was closed before; await expectRequest before close()`
  }
  const reasons = 'The option ignore leaves it out, or it belongs to another Spoor, or reset() was called after its end'
  return `${start} within ${withinMs} ms, but no capture has seen it. ${reasons}`
}

function fail(message: string): never {
  throw new Error(message)
}
