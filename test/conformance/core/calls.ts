import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { Case } from '../suite.js'

/** A service that ours calls, which answers what it was sent of our headers. */
async function blog(): Promise<{ url: string; host: string; server: Server }> {
  const server = createServer(({ headers }, response) => {
    response.end(JSON.stringify({ id: headers['x-request-id'], traceparent: headers['traceparent'] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${host}`, host, server }
}

const listed = await blog()
const stranger = await blog()
for (const { server } of [listed, stranger]) server.unref()

async function said(url: string): Promise<{ id?: string; traceparent?: string }> {
  return (await fetch(url)).json() as Promise<{ id?: string; traceparent?: string }>
}

export const calls: readonly Case[] = [
  {
    row: 'B10',
    says: 'the request line sums up the outgoing calls, and only listed hosts get the id and the trace',
    service: {
      spoor: { outgoing: [{ host: listed.host, logger: 'app', propagate: true }] },
      raw: () => ({
        '/calls': async (_, response) => {
          const answers = await Promise.all([said(listed.url), said(listed.url), said(stranger.url)])
          response.setHeader('content-type', 'application/json')
          response.end(JSON.stringify({ answers }))
        },
      }),
    },
    async run(service) {
      const answer = await service.ask('/calls')
      const line = await service.requestLine(answer.id)
      const seen = { id: answer.id, traceparent: expect.stringContaining(String(line['traceId'])) }
      expect(answer.json()['answers']).toEqual([seen, seen, {}])
      expect(line['outgoing']).toEqual({
        calls: 3,
        ms: expect.any(Number),
        byHost: {
          [listed.host]: { calls: 2, ms: expect.any(Number) },
          [stranger.host]: { calls: 1, ms: expect.any(Number) },
        },
      })
      const own = (await service.lines()).filter(({ requestId, host }) => requestId === answer.id && host !== undefined)
      expect(own.map(({ logger, host, status }) => [logger, host, status])).toEqual(
        [1, 2].map(() => ['app', listed.host, 200]),
      )
    },
  },
  {
    row: 'S17',
    says: 'the request line has no calls if the request made none',
    async run(service) {
      const answer = await service.ask('/json')
      expect(await service.requestLine(answer.id)).not.toHaveProperty('outgoing')
    },
  },
]
