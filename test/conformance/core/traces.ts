import { expect } from 'vitest'
import type { Service, Wanted } from '../service.js'
import type { Case } from '../suite.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
const hex32 = /^[0-9a-f]{32}$/

/** What a request with these headers has on its lines. */
async function traced(service: Service, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await service.ask('/json', { headers })
  const line = await service.requestLine(answer.id)
  const ids = (await service.lines()).filter((one) => one.requestId === answer.id).map((one) => one['traceId'])
  expect(new Set(ids)).toEqual(new Set([line['traceId']]))
  return line
}

function trace(
  says: string,
  spoor: NonNullable<Wanted['spoor']>,
  headers: Record<string, string>,
  expected: object,
): Case {
  return {
    row: 'B11',
    says,
    service: { spoor },
    async run(service) {
      const { traceId: own, clientTraceId } = await traced(service, headers)
      expect({ own, clientTraceId }).toEqual({ own: undefined, clientTraceId: undefined, ...expected })
    },
  }
}

const trusting = { requestId: { trust: true } }
const passingOn = { outgoing: [{ host: 'blog.example', propagate: true }] }
const ownTrace = expect.stringMatching(hex32)

export const traces: readonly Case[] = [
  trace('the trace of a trusted caller is on every line of its request', trusting, { traceparent }, { own: traceId }),
  trace(
    'the trace of an untrusted caller is kept as clientTraceId, and the request has a new trace',
    {},
    { traceparent },
    { own: expect.not.stringContaining(traceId), clientTraceId: traceId },
  ),
  trace('a malformed traceparent is ignored', trusting, { traceparent: 'nonsense' }, {}),
  trace('a request without a trace has no trace on its lines', {}, {}, {}),
  trace('a service that propagates traces starts one for each request', passingOn, {}, { own: ownTrace }),
]
