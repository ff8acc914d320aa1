/** Calls `end` when what `fn` does is over, with what it threw or rejected with, and changes nothing else. */
export function settle<T>(fn: () => T, end: (error?: unknown) => void): T {
  let result: T
  try {
    result = fn()
  } catch (error) {
    end(error ?? new Error('the job threw nothing'))
    throw error
  }
  if (isPromise(result)) {
    return Promise.resolve(result).then(
      (value) => {
        end()
        return value
      },
      (error) => {
        end(error ?? new Error('the job rejected with nothing'))
        throw error
      },
    ) as T
  }
  end()
  return result
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
