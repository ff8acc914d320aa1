import { describe, expect, test } from 'vitest'
import { createContext } from '../context/request-context.js'
import { defaultLineLevel, type RequestLineLevel, safeLineLevel } from './request-line-options.js'
import { recordOf } from './request-record.js'

const start = { startedAt: 0, startTick: 0 }
const recordWith = (status: number | undefined, kind: 'request' | 'job' = 'request') =>
  recordOf(createContext(kind), { service: 'a', version: undefined }, start, { method: 'GET', path: '/', status })

function levelOf(level: unknown, status: number | undefined, kind?: 'job'): [string, string[]] {
  const said: string[] = []
  const safe = safeLineLevel(level as RequestLineLevel, (about, message) => void said.push(`${about}: ${message}`))
  return [safe(recordWith(status, kind), undefined), said]
}

describe('the level of a request line', () => {
  test('is what the function of the service returns', () => {
    const slow: RequestLineLevel = ({ durationMs, status = 0, aborted, failed }) =>
      durationMs >= 0 && status < 500 && !aborted && !failed ? 'warn' : undefined
    expect(levelOf(slow, 200)).toEqual(['warn', []])
    expect(levelOf(slow, 503)).toEqual(['error', []])
  })

  test('may be named in any case, and an empty text sets none', () => {
    expect(levelOf(() => 'WARN', 200)).toEqual(['warn', []])
    expect(levelOf(() => '', 200)).toEqual(['info', []])
  })

  test.each([
    [() => 'loud', '"loud"'],
    [() => 'silent', '"silent"'],
    [() => 7, 'number'],
    [async () => 'warn', 'object'],
    [() => null, 'null'],
    [
      () => {
        throw new Error('broken')
      },
      'a throw of broken',
    ],
  ])('is the usual one if the function gives no level (%s), and a warning says which', (level, got) => {
    const [used, said] = levelOf(level, 200)
    expect(used).toBe('info')
    expect(said).toEqual([expect.stringContaining('requestLine.level: expected one of trace, debug, info, warn, error, fatal or undefined, got')]) // biome-ignore format: one line
    expect(said[0]).toContain(got)
  })

  test('of a job stays the usual one', () => {
    expect(levelOf(() => 'trace', undefined, 'job')).toEqual(['info', []])
    expect(defaultLineLevel(recordWith(undefined, 'job'), 500)).toBe('error')
  })
})
