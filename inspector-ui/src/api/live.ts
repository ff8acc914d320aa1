import { useEffect, useRef } from 'preact/hooks'
import { listen } from '../state/listen.js'
import { signal } from '../state/signal.js'
import { answerOf, type Parameters } from './client.js'
import { asApiError } from './resource.js'
import { askAccess, refused } from './session.js'

/** An event of the live stream. */
export interface LiveEvent {
  readonly type: string
  readonly data: unknown
}

/** Whether news arrive. `lost`: since when not, and when the page tries again. */
export type LiveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly since: number; readonly nextTryAt: number }

/** The state of the stream of the shown view. */
export const liveState = signal<LiveState>({ kind: 'idle' })

const batchMs = 250
const maxBackOffMs = 15_000
const maxBatch = 2_000

let tryNow: (() => void) | undefined

/** Connects at once, if the connection is lost. */
export function reconnect(): void {
  tryNow?.()
}

/**
 * Follows `api/live` while the component is shown and the tab is visible. Events come in batches, four a second at most.
 * After an interruption the stream goes on where it ended (`Last-Event-ID`).
 *
 * @param key another key is another stream
 * @param apply receives the events of a batch, and how many were left out because there were too many
 */
export function useLive(
  key: string,
  parameters: Parameters,
  apply: (events: readonly LiveEvent[], leftOut: number) => void,
): void {
  const applying = useRef(apply)
  applying.current = apply
  useEffect(() => {
    const follower = follow(parameters, (events, leftOut) => applying.current(events, leftOut))
    return () => follower.end()
  }, [key])
}

function follow(
  parameters: Parameters,
  apply: (events: readonly LiveEvent[], leftOut: number) => void,
): { end(): void } {
  let ended = false
  let lastId: string | undefined
  let failures = 0
  let abort = new AbortController()
  let wake: (() => void) | undefined
  let lostSince: number | undefined
  let batch: LiveEvent[] = []
  let leftOut = 0
  const timer = setInterval(() => {
    if (batch.length === 0 && leftOut === 0) return
    const events = batch
    const missing = leftOut
    batch = []
    leftOut = 0
    apply(events, missing)
  }, batchMs)

  const take = (event: LiveEvent, id: string | undefined): void => {
    if (id !== undefined) lastId = id
    if (batch.length >= maxBatch) leftOut += 1
    else batch.push(event)
  }

  const once = async (): Promise<void> => {
    abort = new AbortController()
    const more = lastId === undefined ? {} : { 'last-event-id': lastId }
    const response = await answerOf('api/live', parameters, abort.signal, { accept: 'text/event-stream', ...more })
    liveState.value = { kind: 'live' }
    lostSince = undefined
    failures = 0
    await readEvents(response, take)
    // The service ends a stream when the reader's rights change, and when it closes.
    if (!ended) void askAccess()
  }

  const loop = async (): Promise<void> => {
    while (!ended) {
      if (document.hidden) await visible()
      if (ended) return
      try {
        await once()
      } catch (error) {
        if (ended) return
        if (!abort.signal.aborted) {
          failures += 1
          refused(asApiError(error))
        }
      }
      if (ended) return
      lostSince ??= Date.now()
      const waitMs = failures === 0 ? 250 : Math.min(maxBackOffMs, 500 * 2 ** failures)
      if (failures > 0) liveState.value = { kind: 'lost', since: lostSince, nextTryAt: Date.now() + waitMs }
      await sleep(waitMs, (skip) => {
        wake = skip
        tryNow = skip
      })
    }
  }

  // A hidden tab listens to nothing.
  const unlisten = listen(document, {
    visibilitychange: () => {
      if (document.hidden) abort.abort()
      else wake?.()
    },
  })
  void loop()
  return {
    end: () => {
      ended = true
      abort.abort()
      wake?.()
      clearInterval(timer)
      unlisten()
      liveState.value = { kind: 'idle' }
    },
  }
}

function visible(): Promise<void> {
  return new Promise((resolve) => {
    const undo = listen(document, {
      visibilitychange: () => {
        if (document.hidden) return
        undo()
        resolve()
      },
    })
  })
}

function sleep(ms: number, onSkip: (skip: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    onSkip(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Reads an event stream to its end (HTML Standard, 9.2.6). */
export async function readEvents(
  response: Response,
  take: (event: LiveEvent, id: string | undefined) => void,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  let rest = ''
  let type = 'message'
  let id: string | undefined
  let data: string[] = []
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) take({ type, data: parsed(data.join('\n')) }, id)
        type = 'message'
        id = undefined
        data = []
      } else if (line.startsWith('data:')) data.push(line.slice(5).trimStart())
      else if (line.startsWith('event:')) type = line.slice(6).trim()
      else if (line.startsWith('id:')) id = line.slice(3).trim()
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
