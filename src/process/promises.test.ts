import { describe, expect, test } from 'vitest'
import { isPromise, withinTime } from './promises.js'

describe('isPromise', () => {
  test('holds for promises and for any object with a then method', () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    expect([Promise.resolve(), { then: () => {} }].map(isPromise)).toEqual([true, true])
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    expect([undefined, null, 1, 'then', {}, { then: 1 }].map(isPromise)).toEqual(Array(6).fill(false))
  })
})

describe('withinTime', () => {
  const late = () => new Error('too late')

  test('resolves with the value of a promise that settles in time', async () => {
    await expect(withinTime(Promise.resolve(1), 60_000, late)).resolves.toBe(1)
    await expect(withinTime(Promise.reject(new Error('own')), 60_000, late)).rejects.toThrow('own')
  })

  test('rejects with the given error after the time', async () => {
    await expect(withinTime(new Promise(() => {}), 1, late)).rejects.toThrow('too late')
  })

  test('ignores a promise that rejects after the time', async () => {
    const { promise, reject } = withResolvers()
    await expect(withinTime(promise, 1, late)).rejects.toThrow('too late')
    // An unhandled rejection fails the test run.
    reject(new Error('later'))
    await new Promise(setImmediate)
  })
})

// Promise.withResolvers is missing on Node 20.
function withResolvers(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<never>((_, rejects) => {
    reject = rejects
  })
  return { promise, reject }
}
