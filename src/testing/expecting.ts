// What the kits expect: without a test framework, so that the kits run in each of them.
import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'

const maxShown = 400

/** A value as an error shows it: on one line, bounded, without control characters. */
export function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 6,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 200,
    maxArrayLength: 20,
  })
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}

/** @throws AssertionError with `message` unless `condition` is true */
export function holds(condition: boolean, message: string): void {
  if (!condition) throw new AssertionError({ message, actual: condition, expected: true, stackStartFn: holds })
}

/**
 * Compares two values as JSON has them: a member that is undefined equals one that is absent.
 *
 * @throws AssertionError unless they are equal
 */
export function same(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(plain(actual), plain(expected))) return
  const message = `expected ${shown(expected)}, got ${shown(actual)}`
  throw new AssertionError({ message, actual, expected, stackStartFn: same })
}

/** @throws AssertionError unless `fn` rejects with an error of this class */
export async function rejects(fn: () => Promise<unknown>, of: new () => Error): Promise<void> {
  const error = await fn().then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error('an error without a value'),
  )
  holds(error instanceof of, `expected a ${of.name}, got ${error === undefined ? 'no error' : shown(error)}`)
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
