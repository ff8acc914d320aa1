import type { ListedRequest } from '../../protocol.js'

/** How a request or job ended, in a word or its status. */
export interface Outcome {
  readonly words: string
  /** `failed` has a diamond before it, `quiet` is dim. */
  readonly look: 'plain' | 'failed' | 'quiet'
  /** What its title adds. */
  readonly title?: string | undefined
}

type Ended = Pick<
  ListedRequest,
  'kind' | 'status' | 'aborted' | 'upgraded' | 'willRetry' | 'attempt' | 'maxAttempts'
> & {
  readonly error?: unknown
}

/** Says how a request or job ended. */
export function outcomeOf(item: Ended): Outcome {
  if (item.kind === 'job') return jobOutcome(item)
  const { status, aborted, upgraded, error } = item
  const title = aborted ? 'The client closed the connection before the response was complete' : undefined
  if (status !== undefined && status >= 500) return { words: String(status), look: 'failed', title }
  if (aborted) return { words: status === undefined ? 'aborted' : `${status} aborted`, look: 'quiet', title }
  if (upgraded) return { words: 'upgraded', look: 'plain', title: 'The connection left HTTP' }
  if (status !== undefined) return { words: String(status), look: 'plain' }
  return error === undefined
    ? { words: 'no answer', look: 'quiet', title: 'No response was sent' }
    : { words: 'failed', look: 'failed' }
}

function jobOutcome({ error, willRetry, attempt, maxAttempts }: Ended): Outcome {
  const which = attempt === undefined ? undefined : `attempt ${attempt}${maxAttempts ? ` of ${maxAttempts}` : ''}`
  if (error === undefined) return { words: 'done', look: 'plain', title: which }
  const title = willRetry ? [which, 'tried again'].filter(Boolean).join(', ') : which
  return { words: 'failed', look: 'failed', title }
}
