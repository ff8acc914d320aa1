import type { StoredRecord } from '../records/record.js'
import { duration } from '../safe-values/duration.js'
import { own } from '../safe-values/own-member.js'
import { culpritsOf } from './culprits.js'
import { shownName } from './shown-name.js'
import { partsOf } from './summary-parts.js'

const maxCharacters = 300
// The summary mentions late CPU from these values on: ms, and share of its own CPU.
const notableLate = { ms: 1, share: 0.1 }
// The summary mentions a wait in the queue from these values on: ms, and share of the duration.
const notableQueue = { ms: 10, share: 0.1 }
// The summary mentions the wait before the start from these values on: ms, and share of the duration.
const notableBefore = { ms: 10, share: 0.1 }

/**
 * Says in one sentence how long the request took, where the time went and what else matters. One line of at most 300
 * characters.
 *
 * @example
 * summary(record) // 812 ms: 530 ms waiting for blog.acme.example, 14 ms own CPU, 268 ms other waits
 */
export function summary(record: StoredRecord): string {
  let sentence = `${headOf(record)}: `
  let before = ''
  for (const part of partsOf(record)) {
    sentence = extended(sentence, before + part)
    before = ', '
  }
  for (const note of notesOf(record)) sentence = extended(sentence, `; ${note}`)
  return sentence
}

/** Appends `by` unless the sentence would become too long. */
function extended(sentence: string, by: string): string {
  return sentence.length + by.length > maxCharacters ? sentence : sentence + by
}

function headOf(record: StoredRecord): string {
  const { status, aborted, upgraded } = record
  const took = duration(record.durationMs)
  const code = codeOf(record.error)
  if (hasFailed(record)) {
    const said = status === undefined ? '' : ` with ${status}`
    return `failed${said}${code === undefined ? '' : ` (${shownName(code)})`} after ${took}`
  }
  if (aborted) return `aborted after ${took}`
  return upgraded ? `upgraded, closed after ${took}` : took
}

/** True for a 5xx, or an error without a response. */
function hasFailed({ kind, status, error, aborted }: StoredRecord): boolean {
  if (kind === 'job') return error !== undefined
  return status === undefined ? error !== undefined && !aborted : status >= 500
}

function codeOf(error: StoredRecord['error']): string | undefined {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return undefined
  const code = own(error, 'code')
  return typeof code === 'string' && code !== '' ? code : undefined
}

function notesOf(record: StoredRecord): string[] {
  const { attempt = 1, queuedMs = 0, beforeStartMs = 0, durationMs, truncated, jobs, late, cpu, aborted } = record
  const notes: string[] = []
  if (truncated) notes.push('measuring ended before it did')
  if (aborted && hasFailed(record)) notes.push('aborted')
  if (attempt > 1) notes.push(`attempt ${attempt}`)
  if (queuedMs >= notableQueue.ms && queuedMs >= durationMs * notableQueue.share)
    notes.push(`waited ${duration(queuedMs)} in its queue`)
  if (beforeStartMs >= notableBefore.ms && beforeStartMs >= durationMs * notableBefore.share)
    notes.push(`held up for at most ${duration(beforeStartMs)} before its start${culpritsOf(record, 'before')}`)
  if (jobs.length > 0) notes.push(`queued ${jobsWords(jobs)}`)
  if (late !== undefined && late.cpuMs >= notableLate.ms && late.cpuMs >= (cpu?.ms ?? 0) * notableLate.share)
    notes.push(`then ${duration(late.cpuMs)} CPU late`)
  return notes
}

function jobsWords(jobs: StoredRecord['jobs']): string {
  const [first] = jobs
  if (jobs.length > 1) return `${jobs.length} jobs`
  return first?.name === undefined ? '1 job' : `job ${shownName(first.name)}`
}
