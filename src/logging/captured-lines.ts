import { json } from './line.js'
import type { BufferedHandler } from './line-buffer.js'
import type { RunTime } from './line-choice.js'

// On the logs themselves: a test may have the capture from another copy of the package. It gets whole lines of JSON, which
// every version of Spoor can read.
export const captureKey: unique symbol = Symbol.for('spoor.capture.1')

/** Gets each line as it would be written, as JSON, without the newline. Must not throw. */
export type TakeLine = (line: string) => void

/** Logs whose lines a test can take. */
export interface Capturable {
  [captureKey](take: TakeLine): () => void
}

/**
 * Passes all lines of `logs` to `take`, and to no file, console or handler, until the returned function is called.
 *
 * @returns undefined for logs of another kind
 * @throws Error if their lines are captured already
 */
export function captureLines(logs: object, take: TakeLine): (() => void) | undefined {
  return (logs as Partial<Capturable>)[captureKey]?.(take)
}

/** Makes one handler that gets all lines of the loggers that share `runTime`. */
export function captureInto(runTime: RunTime, take: TakeLine): () => void {
  if (runTime.captured !== undefined) {
    throw new Error(
      'captureSpoor: these logs are captured already; close that capture first, or let each test define logs of its own',
    )
  }
  const handler: BufferedHandler = { format: json, lines: { add: take }, isConsole: false, isCustom: true }
  const captured = [handler]
  runTime.captured = captured
  return () => {
    if (runTime.captured === captured) runTime.captured = undefined
  }
}
