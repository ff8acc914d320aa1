import { Writable } from 'node:stream'
import { configure, getLogger, jsonLinesFormatter, type LogRecord, reset, type Sink } from '@logtape/logtape'
import pino from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import winston from 'winston'
import { type ContextFields, contextFields } from './context-fields.js'
import { createContext } from './request-context.js'
import { runWith } from './storage.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const trace = { traceId, traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: undefined }
const all = createContext('request', { requestId: 'r-1', parentId: 'p-1', trace, account: 'acme', user: 'ann' })
const ofAll: ContextFields = { requestId: 'r-1', parentId: 'p-1', traceId, account: 'acme' }

/** A stream and the JSON lines that were written to it. */
function jsonStream(): { stream: Writable; lines: () => Record<string, unknown>[] } {
  let text = ''
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  })
  return { stream, lines: () => linesIn(text) }
}

function linesIn(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

describe('contextFields', () => {
  test('returns the ids and the account of the request, and nothing else', () => {
    expect(runWith(all, contextFields)).toEqual(ofAll)
  })

  test('leaves out values that the request does not have', () => {
    const fields = runWith(createContext('request', { requestId: 'r-2' }), contextFields)
    expect(Object.entries(fields)).toEqual([['requestId', 'r-2']])
  })

  test('returns an empty object outside any request', () => {
    expect(contextFields()).toEqual({})
  })

  test('returns a new plain object at each call, which the caller may change', () => {
    runWith(all, () => {
      Object.assign(contextFields(), { requestId: 'changed', more: true })
      expect(contextFields()).toEqual(ofAll)
      expect(Object.getPrototypeOf(contextFields())).toBe(Object.prototype)
    })
  })
})

describe('the lines of another logger have the ids of the request', () => {
  test('with pino, as mixin', () => {
    const { stream, lines } = jsonStream()
    const logger = pino({ mixin: contextFields }, stream)
    runWith(all, () => {
      logger.info({ order: 7 }, 'paid')
      logger.child({ module: 'auth' }).warn('again')
    })
    logger.info('outside')
    const [paid, again, outside] = lines()
    expect(paid).toMatchObject({ ...ofAll, order: 7, msg: 'paid', level: 30 })
    expect(again).toMatchObject({ ...ofAll, module: 'auth', msg: 'again' })
    expect(again).not.toHaveProperty('order')
    expect(outside).not.toHaveProperty('requestId')
  })

  test('with winston, as format', () => {
    const { stream, lines } = jsonStream()
    const ids = winston.format((info) => Object.assign(info, contextFields()))
    const logger = winston.createLogger({
      format: winston.format.combine(ids(), winston.format.json()),
      transports: [new winston.transports.Stream({ stream })],
    })
    runWith(all, () => logger.info('paid', { order: 7 }))
    logger.info('outside')
    const [paid, outside] = lines()
    expect(paid).toEqual({ ...ofAll, order: 7, message: 'paid', level: 'info' })
    expect(outside).toEqual({ message: 'outside', level: 'info' })
  })

  test('with LogTape, in a sink', async () => {
    onTestFinished(() => reset())
    const seen: Record<string, unknown>[] = []
    const sink: Sink = (record) => void seen.push(JSON.parse(jsonLinesFormatter(record)).properties)
    const withIds =
      (next: Sink): Sink =>
      (record: LogRecord) =>
        next({ ...record, properties: { ...record.properties, ...contextFields() } })
    await configure({
      sinks: { main: withIds(sink) },
      loggers: [
        { category: 'app', sinks: ['main'], lowestLevel: 'info' },
        { category: ['logtape', 'meta'], lowestLevel: 'fatal' },
      ],
    })
    runWith(all, () => getLogger('app').info('paid', { order: 7 }))
    getLogger('app').info('outside')
    expect(seen).toEqual([{ ...ofAll, order: 7 }, {}])
  })
})
