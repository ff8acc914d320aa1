import type { LineFilter } from '../../reading/lines/line-filter.js'
import type { ShownLine } from '../../reading/story/story.js'
import type { Arguments } from '../command.js'
import type { Output } from '../output.js'
import { NoAnswer, remote } from '../remote.js'
import { untilClosed } from '../until-closed.js'
import { dropped } from './dropped.js'
import { InOrder } from './in-order.js'

const againMs = 1_000
const maxBuffered = 2 ** 22

/** The live lines of a running service. A broken connection is opened again, and goes on after the last line. */
export function remoteTail(
  given: Arguments,
  { loggers = [], level, account, requestId }: LineFilter,
  show: (line: ShownLine) => void,
  output: Output,
): Promise<number> {
  const query = new URLSearchParams(loggers.map((logger): [string, string] => ['logger', logger]))
  for (const [name, value] of Object.entries({ level, account, requestId }))
    if (value !== undefined) query.set(name, value)
  const path = `/api/live?${query}`
  return untilClosed(async (stop) => {
    const ending = new AbortController()
    const lines = new InOrder(show, stop)
    const service = remote(given)
    void (async () => {
      let last: string | undefined
      let hasBegun = false
      for (let tries = 0; !ending.signal.aborted; tries++) {
        try {
          const body = await service.stream(path, ending.signal, last)
          hasBegun = true
          for await (const event of eventsIn(body)) {
            tries = 0
            last = event.id ?? last
            // The service ends, or asks again who the reader is.
            if (event.name === 'end') break
            if (event.name === 'line' || event.name === 'request') lines.add(event.data as ShownLine)
            // A later version of Spoor may send events of other names.
            else if (event.name === 'dropped') {
              lines.flush()
              dropped(Number((event.data as { lines?: unknown }).lines), output)
            }
          }
        } catch (error) {
          if (ending.signal.aborted) return
          // The first connection must succeed; a later one is tried again.
          if (!hasBegun || !(error instanceof NoAnswer || error instanceof TypeError)) return stop(error)
        }
        if (tries === 0) output.say('the connection ended; spoor tail opens it again')
        await new Promise((resolve) => setTimeout(resolve, againMs * Math.min(30, 2 ** tries)))
      }
    })()
    return () => {
      ending.abort()
      lines.flush()
    }
  })
}

interface ServerEvent {
  readonly name: string
  readonly id: string | undefined
  readonly data: unknown
}

/** Reads server-sent events (HTML, 9.2). */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const parts = rest.split('\n\n')
    rest = parts.pop() ?? ''
    if (rest.length > maxBuffered) throw new Error('spoor: the service sent an endless event')
    for (const part of parts) {
      const field = (name: string): string | undefined =>
        part
          .split('\n')
          .find((row) => row.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      const data = field('data')
      if (data !== undefined) yield { name: field('event') ?? 'message', id: field('id'), data: JSON.parse(data) }
    }
  }
}
