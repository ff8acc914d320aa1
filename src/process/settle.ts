import { isPromise } from './promises.js'

/** Calls `end` when what `fn` does is over, with what it threw or rejected with, and changes nothing else. */
export function settle<T>(fn: () => T, end: (error?: unknown) => void): T {
  let result: T
  let isPending: boolean
  try {
    result = fn()
    // What throws when it is asked for `then` would do so again for the code that awaits it.
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
