import { useRef } from 'preact/hooks'
import { readJson } from '../../api/client.js'
import { type Resource, useResource } from '../../api/resource.js'
import { serverNow, session } from '../../api/session.js'
import type { CpuAccounting, UsageAnswer, UsageSpan } from '../../protocol.js'
import { readAccounting } from '../health/use-health.js'
import type { Measure } from './measures.js'

/** What the view asks. */
export interface Asked {
  readonly measure: Measure
  readonly span: UsageSpan
  readonly account: string | undefined
  readonly process: string | undefined
}

/** An answer with its question: what is shown must fit together while the next one is on its way. */
export interface Answered extends Asked {
  readonly answer: UsageAnswer
  /** When the service answered, by its clock. */
  readonly now: number
}

const everyMs: Readonly<Record<UsageSpan, number>> = { '5m': 5_000, '10m': 5_000, '1h': 10_000, '24h': 30_000 }

/** The use of all accounts, or of the reader's. The last answer stays until the next one is there. */
export function useAccounts(asked: Asked): Kept<Answered> {
  const { measure, span, process } = asked
  const read = async (signal: AbortSignal): Promise<Answered> => {
    const answer = await readJson<UsageAnswer>('api/accounts', { by: measure.by, span, process }, signal)
    return { ...asked, answer, now: serverNow() }
  }
  return useKept(useResource(`accounts ${measure.by} ${span} ${process}`, read, everyMs[span]))
}

/** The use of all routes, or of those of one account. */
export function useRoutes(asked: Asked): Kept<Answered> {
  const { measure, span, account, process } = asked
  const read = async (signal: AbortSignal): Promise<Answered> => {
    const answer = await readJson<UsageAnswer>('api/routes', { by: measure.by, span, account, process }, signal)
    return { ...asked, answer, now: serverNow() }
  }
  return useKept(useResource(`routes ${measure.by} ${span} ${process} ${account}`, read, everyMs[span]))
}

/** Where the CPU of the thread went. Nothing for readers of one account, and where nothing was measured. */
export function useAccounting(span: UsageSpan): Kept<CpuAccounting | undefined> {
  const isAll = session.value?.read === 'all'
  const read = async (signal: AbortSignal): Promise<CpuAccounting | undefined> =>
    isAll ? readAccounting(span, signal) : undefined
  return useKept(useResource(`accounting ${span} ${isAll}`, read, everyMs[span]))
}

/** A resource, and what to show while the answer to a new question is on its way. */
export interface Kept<T> extends Resource<T> {
  readonly shown: T | undefined
}

function useKept<T>(resource: Resource<T>): Kept<T> {
  const last = useRef<T>()
  // A failed question has no answer: the old one would be that of another question.
  if (resource.data !== undefined || resource.error !== undefined) last.current = resource.data
  return { ...resource, shown: last.current }
}
