import { afterEach, describe, expect, test, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { json } from '../logging/line.js'
import type { LineBuffer } from '../logging/line-buffer.js'
import { createLogger } from '../logging/logger.js'
import { redaction } from '../safe-values/redaction.js'
import { defaultBounds } from '../safe-values/safe-value.js'
import { RequestEvents } from './request-events.js'
import { RequestLog } from './request-log.js'

const start = { startedAt: 1_764_000_000_000, startTick: performance.now() }

afterEach(() => vi.restoreAllMocks())

/** A request whose line is written after two lines, and what its loggers write. */
function finished() {
  const now = vi.spyOn(Date, 'now').mockReturnValue(start.startedAt)
  const lines: Record<string, unknown>[] = []
  const loggerOf = (name: string) => {
    const buffer = { add: (line: string) => void lines.push(JSON.parse(line)) } as unknown as LineBuffer
    const handlers = [{ format: json, lines: buffer, isConsole: false, isCustom: false }]
    const shared = {
      redaction: redaction([]),
      bounds: defaultBounds,
      beforeLine: undefined,
      maxLineBytes: 65_536,
      runTime: { choice: undefined },
    }
    return createLogger({ name, handlers, ...shared }, 'info')
  }
  const logger = loggerOf('publish_sync')
  const context = createContext('request', { account: 'acme' })
  context.work.line = 'open'
  runWith(context, () => {
    logger.info('first')
    logger.warn('second')
  })
  const service = { service: 'publisher', version: undefined }
  const events = new RequestEvents(() => undefined, undefined)
  new RequestLog(service, loggerOf('requests'), undefined, events).write(context, start, undefined, {
    method: 'GET',
    path: '/',
    status: 200,
  })
  const logAfter = (ms: number, message: string) => {
    now.mockReturnValue(start.startedAt + ms)
    runWith(context, () => logger.info(message))
  }
  return { context, lines, logAfter, messages: () => lines.map(({ message }) => message) }
}

describe('the request line', () => {
  test('counts the lines that the request wrote until its end', () => {
    expect(finished().lines[2]).toMatchObject({ kind: 'request', logs: { lines: 2, warnings: 1, errors: 0 } })
  })

  test('is followed by one line that announces lines far behind it', () => {
    const { context, lines, logAfter, messages } = finished()
    logAfter(900, 'close')
    logAfter(5_000, 'late')
    logAfter(9_000, 'later')
    expect(messages().slice(3)).toEqual(['close', 'lines after the end', 'late', 'later'])
    const { requestId, id } = context
    expect(lines[4]).toMatchObject({ logger: 'requests', kind: 'late', id, requestId, account: 'acme' })
    expect(lines[4]?.['late']).toEqual({ lines: 2 })
  })

  test('is followed by that line if the clock was set back', () => {
    const { logAfter, messages } = finished()
    logAfter(-60_000, 'set back')
    expect(messages().slice(3)).toEqual(['lines after the end', 'set back'])
  })
})
