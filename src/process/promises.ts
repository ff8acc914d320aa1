/** True for a promise and for any other object with a `then` method. A getter that throws, throws here too. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * Waits for `pending` at most `ms` milliseconds. The timer alone does not keep the process alive.
 *
 * @param late makes the error for a promise that takes longer; what that promise gives later is ignored
 * @throws what `pending` rejects with, or what `late` makes
 */
export async function withinTime<T>(pending: PromiseLike<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms)
    timer.unref()
  })
  try {
    return await Promise.race([pending, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
