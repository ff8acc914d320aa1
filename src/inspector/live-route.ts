import { runDetached } from '../context/storage.js'
import type { AnswerSink } from '../errors/answer.js'
import type { LineFilter } from '../reading/lines/line-filter.js'
import type { LineReading } from '../reading/lines/line-reading.js'
import type { LiveEvent, Rotated } from '../reading/lines/watching.js'
import type { ShownLine } from '../reading/story/story.js'
import type { ReadAccess } from '../records/read-access.js'
import { escapeJson } from '../safe-values/escape.js'
import type { InspectorAnswer } from './respond.js'

const renewEveryMs = 30_000
const aliveEveryMs = 15_000

/** One viewer of live lines. */
export interface LiveViewer {
  readonly lines: LineReading
  readonly access: ReadAccess
  readonly filter: LineFilter
  /** Makes an item of `/api/requests` of a request line; absent if the viewer wants the line. */
  readonly itemOf?: ((line: ShownLine) => unknown) | undefined
  /** The id of the last event that the viewer got. */
  readonly after: string | undefined
  /** Asks again for the reader's right. @returns false if it is another one now */
  readonly renew: () => Promise<boolean>
  /** Called at the end. */
  readonly ended: () => void
}

/** The open streams of one inspector. */
export class LiveStreams {
  readonly #open = new Set<() => void>()

  /** The answer to `/api/live`: an event stream of `line`, `request`, `dropped`, `rotated` and `end` (HTML, server-sent events). */
  answer(viewer: LiveViewer): InspectorAnswer {
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
      body: '',
      stream: (sink) => runDetached(() => this.#run(viewer, sink)),
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const end of this.#open) end()
  }

  #run(viewer: LiveViewer, sink: AnswerSink): void {
    let remove: (() => void) | undefined
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      this.#open.delete(end)
      clearInterval(alive)
      clearInterval(renewal)
      remove?.()
      viewer.ended()
    }
    const end = (): void => {
      sink.write('event: end\ndata: {}\n\n')
      sink.end()
      over()
    }
    const alive = setInterval(() => sink.write(': \n\n'), aliveEveryMs).unref()
    const renewal = setInterval(() => void viewer.renew().then((isSame) => isSame || end(), end), renewEveryMs).unref()
    this.#open.add(end)
    sink.onClose(over)
    sink.write(': \n\n')
    const { access, filter, lines, after, itemOf } = viewer
    const send = (event: LiveEvent): boolean => sink.write(textOf(event, itemOf))
    // A list of requests has no place for them.
    const rotated = itemOf === undefined ? (event: Rotated): void => void sink.write(textOf(event, itemOf)) : undefined
    lines.watch({ access, filter, send, rotated }, after).then((undo) => {
      remove = undo
      if (isOver) undo()
    }, end)
  }
}

function textOf(event: LiveEvent | Rotated, itemOf: LiveViewer['itemOf']): string {
  return `event: ${event.kind}\nid: ${event.id()}\ndata: ${escapeJson(JSON.stringify(dataOf(event, itemOf)))}\n\n`
}

function dataOf(event: LiveEvent | Rotated, itemOf: LiveViewer['itemOf']): unknown {
  if (event.kind === 'dropped') return { lines: event.lines }
  if (event.kind === 'rotated') return { file: event.file, bytes: event.bytes }
  return event.kind === 'request' && itemOf !== undefined ? itemOf(event.line) : event.line
}
