import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { paused } from '../state/paused.js'
import { ApiError } from './client.js'
import { refused } from './session.js'

/** What a view reads from the API. */
export interface Resource<T> {
  /** The last answer; it stays when a later reading fails. */
  readonly data: T | undefined
  /** Why the last reading failed. */
  readonly error: ApiError | undefined
  /** When `data` arrived, by the browser's clock. */
  readonly at: number | undefined
  readonly reload: () => void
}

/**
 * Reads a resource, and again every `everyMs` while the tab is visible and the page is not paused.
 *
 * @param key another key is another resource: its old data go
 */
export function useResource<T>(key: string, read: (signal: AbortSignal) => Promise<T>, everyMs?: number): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; at?: number }>({ key })
  const [turn, setTurn] = useState(0)
  const reader = useRef(read)
  reader.current = read
  // Before the paint, not after it: the answer is on its way while the frame is painted.
  useLayoutEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (): void => {
      if (everyMs !== undefined) timer = setTimeout(() => void once(), everyMs)
    }
    const once = async (force = false): Promise<void> => {
      if (!force && (document.hidden || paused.value)) return again()
      try {
        const data = await reader.current(abort.signal)
        if (!abort.signal.aborted) setState({ key, data, at: Date.now() })
      } catch (error) {
        if (abort.signal.aborted) return
        const failure = asApiError(error)
        refused(failure)
        setState((before) => ({ ...(before.key === key ? before : { key }), error: failure }))
      }
      again()
    }
    void once(true)
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key, everyMs, turn])
  const current = state.key === key ? state : { key }
  return {
    data: current.data,
    error: current.error,
    at: current.at,
    reload: () => setTurn((before) => before + 1),
  }
}

/** Any failure as one of the API. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError(0, 'failed', undefined, error instanceof Error ? error.message : String(error))
}
