import { expect, test, vi } from 'vitest'
import { KeptAnswers } from './kept-answers.js'

test('an answer is made once for readers who ask at once, and again after its time', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const answers = new KeptAnswers<number>(1_000)
  let made = 0
  const make = async (): Promise<number> => ++made
  expect(await Promise.all([answers.get('a', make), answers.get('a', make), answers.get('b', make)])).toEqual([1, 1, 2])
  vi.advanceTimersByTime(999)
  expect(await answers.get('a', make)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await answers.get('a', make)).toBe(3)
  vi.useRealTimers()
})

test('an answer that took long is kept for longer', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const answers = new KeptAnswers<number>(1_000)
  let made = 0
  const make = async (): Promise<number> => {
    vi.advanceTimersByTime(100)
    return ++made
  }
  await answers.get('a', make)
  vi.advanceTimersByTime(4_999)
  expect(await answers.get('a', make)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await answers.get('a', make)).toBe(2)
  vi.useRealTimers()
})

test('a failure is not kept', async () => {
  const answers = new KeptAnswers<number>(1_000)
  await expect(answers.get('a', async () => Promise.reject(new Error('slow')))).rejects.toThrow('slow')
  expect(await answers.get('a', async () => 7)).toBe(7)
})
