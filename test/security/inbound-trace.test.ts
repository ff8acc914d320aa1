import { describe, expect, it } from 'vitest'
import { inboundSeed } from '../../src/context/inbound.js'
import { readTrace } from '../../src/context/trace-context.js'
import { leastCpuMs } from '../least-cpu.js'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('a caller that sends a long tracestate', () => {
  it.each([
    ['blanks', ' '],
    ['tabs', '\t'],
    ['commas', ','],
    ['blanks and commas', ' ,'],
    ['members', 'a=1,'],
  ])('costs time linear in its length: 64 KB of %s', (_, fragment) => {
    const state = `a=b${fragment.repeat(65_536 / fragment.length)}x`
    expect(leastCpuMs(100, () => readTrace(traceparent, state))).toBeLessThan(100)
  })

  it('is not read if the caller is not trusted', () => {
    const headers = {
      requestId: undefined,
      traceparent,
      get tracestate(): string {
        throw new Error('the state was read')
      },
    }
    expect(inboundSeed(headers, false).clientTraceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  })
})
