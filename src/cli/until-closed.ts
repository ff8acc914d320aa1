import { OutputClosed } from './output.js'

/** Runs until the reader of the output is gone or the process gets a signal. */
export async function untilClosed(begin: (stop: (error?: unknown) => void) => Promise<() => void>): Promise<number> {
  let end: (() => void) | undefined
  let isOver = false
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = (error?: unknown): void =>
        error === undefined || error instanceof OutputClosed ? resolve() : reject(error)
      process.once('SIGINT', () => stop())
      process.once('SIGTERM', () => stop())
      begin(stop).then((undo) => {
        if (isOver) undo()
        else end = undo
      }, reject)
    })
    return 0
  } finally {
    isOver = true
    end?.()
  }
}
