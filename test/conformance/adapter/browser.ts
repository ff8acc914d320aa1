import { expect } from 'vitest'
import type { Case } from '../suite.js'

const exposeHeader = 'access-control-expose-headers'
const ours = 'X-Request-ID, X-Resource-Tracking-ID'

function exposes(says: string, path: string, expected: string | undefined): Case {
  return {
    row: 'S2',
    says,
    async run(service) {
      const answer = await service.ask(path, { headers: { Origin: 'https://page.test' } })
      expect(answer.header(exposeHeader)).toBe(expected)
      expect(answer.body).toBe('x')
    },
  }
}

export const browser: readonly Case[] = [
  exposes('a cross-origin response exposes both ids', '/cors-plain', ours),
  exposes(
    "the service's own list stays as it is, ours appended without doubles, whatever their case",
    '/cors-own',
    'X-Own, x-request-id, X-Resource-Tracking-ID',
  ),
  exposes('a list given to writeHead stays as it is, ours appended', '/cors-head', `X-Own, ${ours}`),
  exposes(
    'a star stays, with ours named beside it: it counts for nothing with credentials',
    '/cors-star',
    `*, ${ours}`,
  ),
  exposes('a same-origin response exposes nothing', '/implicit', undefined),
  {
    row: 'S2',
    says: 'with the cors package its list stays, without doubles',
    service: { cors: 'package' },
    async run(service) {
      const answer = await service.ask('/json', { headers: { Origin: 'https://page.test' } })
      expect(answer.header('access-control-allow-origin')).toBe('https://page.test')
      expect(answer.header(exposeHeader)?.split(/, ?/)).toEqual(['X-Own', 'X-Request-ID', 'X-Resource-Tracking-ID'])
    },
  },
  {
    row: 'S2',
    says: 'with the cors package and corsHeaders a preflight lets X-Debug-Resource-Tracking through',
    service: { cors: 'package' },
    async run(service) {
      const answer = await service.ask('/json', {
        method: 'OPTIONS',
        headers: {
          Origin: 'https://page.test',
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'x-debug-resource-tracking',
        },
      })
      expect(answer.status).toBe(204)
      const allowed = answer.header('access-control-allow-headers')?.toLowerCase().split(/, ?/)
      expect(allowed).toEqual(expect.arrayContaining(['content-type', 'x-request-id', 'x-debug-resource-tracking']))
      expect((await service.requestLine(answer.id))['status']).toBe(204)
    },
  },
  {
    row: 'S2',
    says: 'an error answered to another origin exposes the ids as well',
    service: { cors: 'package' },
    async run(service) {
      const answer = await service.ask('/throw', { headers: { Origin: 'https://page.test' } })
      expect(answer.status).toBe(500)
      expect(answer.header(exposeHeader)).toContain('X-Request-ID')
    },
  },
]
