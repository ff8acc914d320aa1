import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amendJob } from '../../context/carrier.js'
import { createContext } from '../../context/request-context.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import type { Entry, Formatter } from '../entry.js'
import { json, text } from '../line.js'
import { colouredVerbose, verbose } from './verbose.js'

const time = Date.parse('2026-11-24T07:26:20.123Z')
const entry = (own: Partial<Entry> = {}): Entry => ({
  time,
  level: 'info',
  logger: 'publish_sync',
  message: 'published',
  fields: { postId: 7 },
  ...own,
})
const context = createContext('request', { requestId: 'r-1', parentId: 'p-1', account: 'acme' })

test.each(['root', 'publish_sync'])('a line after one of %s has the ids that a job has got since', (logger) => {
  const job = createContext('job', { parentId: 'p-1' })
  json(entry({ logger }), job)
  amendJob(job, { requestId: 'mails/7' })
  expect(JSON.parse(json(entry(), job))).toMatchObject({ requestId: 'mails/7', parentId: 'p-1' })
  amendJob(job, { isFresh: true })
  expect(JSON.parse(json(entry(), job))).not.toHaveProperty('parentId')
})

describe('json', () => {
  test('has time, level, logger, context, fields and message, in this order', () => {
    expect(json(entry(), context)).toBe(
      '{"time":"2026-11-24T07:26:20.123Z","level":"info","logger":"publish_sync","requestId":"r-1","parentId":"p-1",' +
        '"account":"acme","postId":7,"message":"published"}',
    )
  })

  test('leaves out missing members', () => {
    expect(json(entry({ fields: {} }), undefined)).toBe(
      '{"time":"2026-11-24T07:26:20.123Z","level":"info","logger":"publish_sync","message":"published"}',
    )
  })
})

describe('publish_sync', () => {
  test('has time, level, message and one object with the rest', () => {
    expect(text(entry(), context)).toBe(
      '[2026-11-24T07:26:20.123Z] [INFO] published ' +
        '{"logger":"publish_sync","requestId":"r-1","parentId":"p-1","account":"acme","postId":7}',
    )
  })
})

describe('verbose', () => {
  test('has time, level, logger, process, request, message and one object with the rest', () => {
    expect(verbose(entry({ level: 'warn' }), context)).toBe(
      `[2026-11-24T07:26:20.123Z] [WARN] [publish_sync] [${process.pid}] [r-1] published ` +
        '{"logger":"publish_sync","requestId":"r-1","parentId":"p-1","account":"acme","postId":7}',
    )
  })

  test('has a dash outside a request', () => {
    expect(verbose(entry(), undefined)).toContain(`[${process.pid}] [-] published {"logger":`)
  })

  test('coloured is the same text with colours', () => {
    const coloured = colouredVerbose(entry({ level: 'fatal' }), context)
    expect(coloured).not.toBe(verbose(entry({ level: 'fatal' }), context))
    expect(coloured.replaceAll(/\u001b\[[0-9;]*m/g, '')).toBe(verbose(entry({ level: 'fatal' }), context))
  })
})

describe('every format', () => {
  const formats: [string, Formatter][] = [
    ['json', json],
    ['text', text],
    ['verbose', verbose],
  ]

  test.each(formats)('%s does not let a field pose as a member of Spoor', (_, format) => {
    const fields = { account: 'evil', requestId: 'x', message: 'm', level: 'l', time: 't', logger: 'z', parentId: 'q' }
    const line = format(entry({ fields }), context)
    const object = JSON.parse(line.slice(line.indexOf('{')))
    expect(object).toMatchObject({ account: 'acme', requestId: 'r-1', parentId: 'p-1', logger: 'publish_sync' })
    expect(object).toMatchObject({ account_: 'evil', requestId_: 'x', message_: 'm', level_: 'l', time_: 't' })
  })

  test.each(formats)('%s keeps a field that already has the name with the underscore', (_, format) => {
    const line = format(entry({ fields: { account: 1, account_: 2 } }), undefined)
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({ account_: 2, account__: 1 })
  })

  test.each(formats)('%s keeps a member named __proto__ beside one with a reserved name', (_, format) => {
    const line = format(entry({ fields: JSON.parse('{"__proto__":{"a":1},"account":1}') }), undefined)
    expect(line).toContain('"__proto__":{"a":1},"account_":1')
  })

  test.each(formats)('%s is one line of printable characters, for any entry', (_, format) => {
    const anyText = fc.string({ unit: 'binary' })
    const fields = fc.dictionary(anyText, fc.jsonValue()) as fc.Arbitrary<Record<string, SafeValue>>
    fc.assert(
      fc.property(anyText, fields, anyText, (message, fields, account) => {
        const line = format(entry({ message, fields }), createContext('request', { account }))
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/)
      }),
    )
  })
})
