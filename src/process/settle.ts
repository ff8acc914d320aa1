import { isPromise } from './promises.js'

/** Calls `end` when `fn` has ended, also asynchronously, with the error it threw or rejected with. Changes nothing else. */
export function settle<T>(fn: () => T, end: (error?: unknown) => void): T {
  let result: T
  let isPending: boolean
  try {
    result = fn()
    // A `then` that throws when it is read would throw again in the code that awaits the result.
    isPending = isPromise(result)
  } catch (error) {
    end(error ?? new Error('the job threw nothing'))
    throw error
  }
  if (isPending) {
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
