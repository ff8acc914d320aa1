import { describe, expect, it, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import type { RequestRecord } from './record.js'
import { requestLine } from './request-line.js'
import { recordOf } from './request-record.js'

const service = { service: 'publisher', version: '1.0.0' }
const record = (own: object = {}, tookMs = 812): RequestRecord => {
  vi.spyOn(performance, 'now').mockReturnValue(5_000)
  const context = createContext('request', { account: 'acme', user: 'mara' })
  return recordOf(context, service, { startedAt: 1_764_000_000_000, startTick: 5_000 - tookMs }, own)
}

describe('the record of a finished request', () => {
  it('has identity, start and duration in ms', () => {
    const { durationMs, ...rest } = record({ method: 'GET', path: '/posts', status: 200 })
    expect(durationMs).toBe(812)
    expect(rest).toMatchObject({
      kind: 'request',
      account: 'acme',
      user: 'mara',
      service: 'publisher',
      version: '1.0.0',
      pid: process.pid,
      startedAt: '2025-11-24T16:00:00.000Z',
      status: 200,
    })
  })

  it('has kind first and error last, and leaves the common members of lines to the formatter', () => {
    const { fields } = requestLine(record({ method: 'GET', path: '/', status: 500, error: new Error('x') }))
    const names = Object.keys(fields)
    expect(names[0]).toBe('kind')
    expect(names.at(-1)).toBe('error')
    for (const name of ['requestId', 'parentId', 'account']) expect(names).not.toContain(name)
  })
})

describe('the message of a request line', () => {
  const message = (own: object, durationMs = 8.4): string => requestLine({ ...record(own), durationMs }).message

  it('is method, path, status and duration', () => {
    expect(message({ method: 'POST', path: '/api/v1/publish', status: 201 }, 812.34)).toBe(
      'POST /api/v1/publish 201 812 ms',
    )
  })

  it('has a duration of three significant digits, in seconds from 1 s on', () => {
    const took = (ms: number): string =>
      message({ method: 'GET', path: '/', status: 200 }, ms).replace('GET / 200 ', '')
    expect([0.4237, 8.412, 99.96, 812.4, 999.4, 999.6, 2_413, 61_000].map(took)).toEqual([
      '0.42 ms',
      '8.41 ms',
      '100 ms',
      '812 ms',
      '999 ms',
      '1 s',
      '2.41 s',
      '61 s',
    ])
  })

  it('says that a request was aborted, before or during its response', () => {
    expect(message({ method: 'GET', path: '/', aborted: true })).toBe('GET / aborted 8.4 ms')
    expect(message({ method: 'GET', path: '/', status: 200, aborted: true })).toBe('GET / 200 aborted 8.4 ms')
  })

  it('says that a connection left HTTP', () => {
    expect(message({ method: 'GET', path: '/socket', upgraded: true })).toBe('GET /socket upgraded 8.4 ms')
  })

  it('has the outcome of a job', () => {
    const job = { ...record({ name: 'resize' }), kind: 'job' as const, durationMs: 8.4 }
    expect(requestLine(job).message).toBe('resize done 8.4 ms')
    expect(requestLine({ ...job, error: 'broken' }).message).toBe('resize failed 8.4 ms')
  })

  it('shows a dash for parts that no parser could read', () => {
    expect(message({ status: 400 })).toBe('- - 400 8.4 ms')
  })
})
