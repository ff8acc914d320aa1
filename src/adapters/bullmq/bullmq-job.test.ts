import type { Job } from 'bullmq'
import { describe, expect, test } from 'vitest'
import { isRequestId } from '../../context/request-id.js'
import { attemptOf, isPutBack, jobIdWithin, readMetadata } from './bullmq-job.js'

describe('the id of a job without a carried id', () => {
  test('has the name of its queue and its id there', () => {
    expect(jobIdWithin('mail', '7')).toBe('mail/7')
  })

  test.each([
    ['my queue', '7'],
    ['naïve ✉️', 'repeat:clock:1795532891505'],
    ['q'.repeat(300), '7'],
    ['mail', 'an id with spaces'],
    ['mail', 'x'.repeat(300)],
  ])('is valid, and the same each time, in the queue %j for the id %j', (queue, jobId) => {
    const id = jobIdWithin(queue, jobId)
    expect(isRequestId(id)).toBe(true)
    expect(jobIdWithin(queue, jobId)).toBe(id)
    expect(jobIdWithin(queue, `${jobId}0`)).not.toBe(id)
    expect(jobIdWithin(`${queue} `, jobId)).not.toBe(id)
  })
})

test.each([
  ['is a Proxy', new Proxy(new Error('x'), { getPrototypeOf: () => expect.fail('asked') })],
  ['has no readable name', Object.defineProperty(new Error('x'), 'name', { get: () => expect.fail('asked') })],
  ['has no readable message', Object.defineProperty(new Error('x'), 'message', { get: () => expect.fail('asked') })],
  ['is undefined', undefined],
])('a thrown value that %s is a failure', (_, thrown) => {
  expect(isPutBack(thrown)).toBe(false)
})

test.each(['DelayedError', 'RateLimitError', 'WaitingError', 'WaitingChildrenError'])('%s puts a job back', (name) => {
  expect(isPutBack(Object.assign(new Error('x'), { name }))).toBe(true)
})

test('the error that BullMQ throws to limit a rate puts a job back', () => {
  expect(isPutBack(new Error('bullmq:rateLimitExceeded'))).toBe(true)
})

test('metadata that is too long is not parsed', () => {
  const text = JSON.stringify({ v: 1, id: 'x', account: 'acme', padding: 'x'.repeat(5_000) })
  expect(readMetadata(text)).toEqual({ carried: undefined, idOf: 'job' })
})

describe('an attempt that BullMQ describes', () => {
  const told = (job: Partial<Job>) =>
    attemptOf({ attemptsStarted: 1, stalledCounter: 0, timestamp: Date.now(), ...job } as Job)

  test('never has a negative time in the queue, even if the clock of its producer is ahead', () => {
    expect(told({ timestamp: Date.now() + 60_000 })).toEqual({
      attempt: 1,
      queuedMs: 0,
      stalled: undefined,
      maxAttempts: 1,
    })
  })

  test('has no time in the queue if it is not the first', () => {
    expect(told({ attemptsStarted: 2, stalledCounter: 1 })).toEqual({
      attempt: 2,
      queuedMs: undefined,
      stalled: 1,
      maxAttempts: 1,
    })
  })
})
