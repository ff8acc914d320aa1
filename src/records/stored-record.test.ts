import { describe, expect, it } from 'vitest'
import { createContext } from '../context/request-context.js'
import { redaction } from '../safe-values/redaction.js'
import { safeValue } from '../safe-values/safe-value.js'
import { CallList } from '../work/calls.js'
import type { StoredRecord } from './record.js'
import { maxRecordBytes } from './record-limits.js'
import { recordOf } from './request-record.js'
import { storedRecord } from './stored-record.js'

const safe = (value: unknown) => safeValue(value, redaction())

function kept(
  own: object = {},
  fill: (work: ReturnType<typeof createContext>['work']) => void = () => {},
): StoredRecord {
  const { work, ...context } = createContext('request', { account: 'acme' })
  fill(work)
  const record = recordOf(
    { ...context, work },
    { service: 'publisher', version: '1.0.0' },
    { startedAt: Date.now(), startTick: 0 },
    { method: 'GET', path: '/', status: 200, ...own },
  )
  return storedRecord(record, work, 0, safe) as StoredRecord
}

function calls(count: number, length: number): CallList {
  const list = new CallList()
  for (let at = 0; at < count; at++) {
    const call = {
      method: 'GET',
      host: `${'h'.repeat(Math.min(length, 200))}${at}.example`,
      route: `/${'r'.repeat(length)}`,
      start: at,
      firstByte: at + 1,
      end: at + 2,
      status: 200,
      errorCode: undefined,
      reused: true,
      readBytes: 100,
      writtenBytes: 50,
    }
    list.begin(call)
    list.end(call)
  }
  return list
}

describe('the fields and counts of a stored record', () => {
  it('are those that beforeLine leaves', () => {
    const { work, ...context } = createContext('request', { account: 'acme' })
    const own = { fields: { plan: 'pro', mail: 'ann@blog.example' }, counts: { posts: 6, secret: 7 } }
    const record = recordOf(
      { ...context, work },
      { service: 'publisher', version: '1.0.0' },
      { startedAt: Date.now(), startTick: 0 },
      { method: 'GET', path: '/', status: 200 },
    )
    const edit = (fields: object) => ({ ...fields, fields: { plan: 'pro' }, counts: { posts: 6 } }) as never
    const none = (fields: object) => ({ ...fields, fields: undefined, counts: undefined }) as never
    expect(storedRecord({ ...record, ...own }, work, 0, safe, edit)).toMatchObject({
      fields: { plan: 'pro' },
      counts: { posts: 6 },
    })
    expect(storedRecord({ ...record, ...own }, work, 0, safe, edit)).not.toHaveProperty('counts.secret')
    const left = storedRecord({ ...record, ...own }, work, 0, safe, none)
    expect([left?.fields, left?.counts]).toEqual([undefined, undefined])
  })
})

describe('a stored record', () => {
  it('has its calls with their times after its start, and the sum of their bytes', () => {
    const record = kept({}, (work) => {
      work.calls = calls(2, 3)
    })
    expect(record.outgoing[1]).toMatchObject({ startMs: 1, firstByteMs: 2, durationMs: 2, status: 200, readBytes: 100 })
    expect(record.io.outgoing).toMatchObject({ calls: 2, readBytes: 200, writtenBytes: 100 })
  })

  it('leaves out the bytes of its calls if one of them is unknown', () => {
    const record = kept({}, (work) => {
      const list = calls(1, 3)
      const open = { ...(list.kept[0] as NonNullable<(typeof list.kept)[0]>), readBytes: undefined }
      list.begin(open)
      list.end(open)
      work.calls = list
    })
    expect(record.io.outgoing).toMatchObject({ calls: 2, readBytes: undefined })
  })

  it('counts the lines it wrote, and lists the jobs it queued', () => {
    const record = kept({}, (work) => {
      Object.assign(work, { lines: 3, warnings: 1, errors: 1, jobs: [{ id: 'job-1', name: 'resize', at: 7 }] })
    })
    expect(record.logs).toEqual({ lines: 3, warnings: 1, errors: 1 })
    expect(record.jobs).toEqual([{ id: 'job-1', name: 'resize', queuedAtMs: 7 }])
  })

  it('has no secret from its error or path', () => {
    const error = Object.assign(new Error('no'), { password: 'hunter2' })
    const record = kept({ error, path: '/x?password=hunter2' })
    expect(JSON.stringify(record)).not.toContain('hunter2')
  })

  it('has no secret from the addresses of its calls or the names of its steps and jobs', () => {
    const record = kept({}, (work) => {
      const list = calls(1, 3)
      list.begin({ ...(list.kept[0] as NonNullable<(typeof list.kept)[0]>), route: '/reset;password=hunter2' })
      work.calls = list
      work.steps = [{ name: 'login password=hunter2', start: 0, end: 1 }]
      work.jobs = [{ id: 'job-1', name: 'login password=hunter2', at: 0 }]
    })
    expect(record).toMatchObject({ outgoing: [{}, { route: '/reset;password=[redacted]' }], steps: [{}], jobs: [{}] })
    expect(JSON.stringify(record)).not.toContain('hunter2')
  })

  it('keeps the start of an error that is too long', () => {
    const { error } = kept({ error: Object.assign(new Error('€'.repeat(4_000)), { code: 'E_LONG' }) })
    expect(error).toEqual({ type: 'Error', message: '€'.repeat(500), code: 'E_LONG', cut: true })
    expect(kept({ error: 'x'.repeat(9_000) }).error).toMatchObject({ message: 'x'.repeat(500), cut: true })
  })

  // What takes the most bytes as JSON: three in UTF-8, six as an escape.
  it.each(['x', '€', '\ud800'])('is never larger than 32 KB, with any calls, names and errors in %j', (character) => {
    const long = (length: number): string => character.repeat(length)
    for (const count of [1, 19, 20, 21, 50]) {
      const error = new Error(long(3_000), { cause: new Error(long(50_000)) })
      const own = { error, path: `/${'é'.repeat(60_000)}`, route: `/${'q'.repeat(9_000)}`, name: long(90_000) }
      const record = kept(own, (work) => {
        const list = new CallList()
        for (const { ...call } of calls(count, 200).kept) {
          list.begin({ ...call, route: `/${long(500)}`, errorCode: long(1_000) })
        }
        work.calls = list
        work.steps = Array.from({ length: count }, () => ({ name: long(100), start: 0, end: 1 }))
        work.jobs = Array.from({ length: count }, () => ({ id: 'i'.repeat(200), name: long(200), at: 0 }))
      })
      expect(Buffer.byteLength(JSON.stringify(record)), `${count}`).toBeLessThanOrEqual(maxRecordBytes)
      expect(record.error).toMatchObject({ type: 'Error', cut: true })
    }
  })

  it('drops half of its calls first, then all calls, then the sums by host', () => {
    const record = kept({}, (work) => {
      work.calls = calls(80, 500)
    })
    expect(record.outgoing.length).toBeGreaterThan(5)
    expect(Object.keys(record.io.outgoing?.byHost ?? {})).toHaveLength(20)
  })

  it('is returned even if nothing is left to shorten', () => {
    const { work, ...context } = createContext('request')
    const service = { service: 'publisher', version: 'v'.repeat(100_000) }
    const record = recordOf({ ...context, work }, service, { startedAt: Date.now(), startTick: 0 }, { method: 'GET' })
    expect(storedRecord(record, work, 0, safe)).toMatchObject({ method: 'GET', outgoing: [] })
  })
})
