import { describe, expect, it } from 'vitest'
import { CallList } from '../context/call-list.js'
import { createContext } from '../context/request-context.js'
import { redaction } from '../safe-values/redaction.js'
import { safeValue } from '../safe-values/safe-value.js'
import { keptRecord, maxRecordBytes } from './kept-record.js'
import type { KeptRecord } from './record.js'
import { recordOf } from './request-record.js'

const safe = (value: unknown) => safeValue(value, redaction())

function kept(own: object = {}, fill: (work: ReturnType<typeof createContext>['work']) => void = () => {}): KeptRecord {
  const { work, ...context } = createContext('request', { account: 'acme' })
  fill(work)
  const record = recordOf(
    { ...context, work },
    { service: 'publisher', version: '1.0.0' },
    { startedAt: Date.now(), startTick: 0 },
    { method: 'GET', path: '/', status: 200, ...own },
  )
  return keptRecord(record, work, 0, safe)
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

describe('a record as it is kept', () => {
  it('has its calls with their times after its start, and what they moved in all', () => {
    const record = kept({}, (work) => {
      work.calls = calls(2, 3)
    })
    expect(record.outgoing[1]).toMatchObject({ startMs: 1, firstByteMs: 2, durationMs: 2, status: 200, readBytes: 100 })
    expect(record.io.outgoing).toMatchObject({ calls: 2, readBytes: 200, writtenBytes: 100 })
  })

  it('leaves out what its calls moved where that is not known of all', () => {
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

  it('holds no secret of its error, nor of its path', () => {
    const error = Object.assign(new Error('no'), { password: 'hunter2' })
    const record = kept({ error, path: '/x?password=hunter2' })
    expect(JSON.stringify(record)).not.toContain('hunter2')
  })

  it('is never larger than 32 KB, whatever was called, named or thrown', () => {
    const long = 'x'.repeat(100)
    const error = new Error('e'.repeat(100_000), { cause: new Error('c'.repeat(50_000)) })
    const record = kept({ error, path: `/${'p'.repeat(60_000)}`, route: `/${'q'.repeat(1_000)}` }, (work) => {
      work.calls = calls(80, 500)
      work.steps = Array.from({ length: 50 }, () => ({ name: long, start: 0, end: 1 }))
      work.jobs = Array.from({ length: 50 }, () => ({ id: long, name: long, at: 0 }))
    })
    expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThanOrEqual(maxRecordBytes)
    expect(record.outgoing.length).toBeGreaterThan(5)
    expect(record.error).toMatchObject({ type: 'Error', cut: true })
  })
})
