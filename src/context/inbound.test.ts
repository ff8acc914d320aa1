import { describe, expect, it } from 'vitest'
import { inboundSeed } from './inbound.js'
import { createContext } from './request-context.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
const said = (own: object): Parameters<typeof inboundSeed>[0] => ({
  requestId: undefined,
  traceparent: undefined,
  tracestate: undefined,
  ...own,
})

describe('the trace of a caller', () => {
  it('becomes the trace of the request if the caller is trusted, with its state', () => {
    const context = createContext('request', inboundSeed(said({ traceparent, tracestate: 'congo=1' }), true))
    expect(context.trace).toEqual({ traceId, traceparent, tracestate: 'congo=1' })
    expect(context.clientTraceId).toBeUndefined()
  })

  it('is only recorded if the caller is not trusted: the request gets an unsampled trace of its own', () => {
    const context = createContext('request', inboundSeed(said({ traceparent, tracestate: 'congo=1' }), false))
    expect(context.clientTraceId).toBe(traceId)
    expect(context.trace?.traceId).toBe(context.id.replaceAll('-', ''))
    expect(context.trace?.traceparent).toMatch(/-00$/)
    expect(context.trace?.tracestate).toBeUndefined()
  })

  it('is ignored if it is empty', () => {
    for (const trusted of [true, false]) {
      const seed = inboundSeed(said({ traceparent: 'x', tracestate: 'congo=1' }), trusted)
      expect(createContext('request', seed)).toMatchObject({ trace: undefined, clientTraceId: undefined })
    }
  })

  it('is replaced by a new one if it is missing and the service passes traces on', () => {
    const context = createContext('request', inboundSeed(said({}), false, 'own'))
    expect(context.trace?.traceId).toBe(context.id.replaceAll('-', ''))
  })
})
