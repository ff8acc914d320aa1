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
  exposes('a cross-origin response exposes both id headers', '/cors-plain', ours),
  exposes(
    "the id headers are appended to the service's own list, without duplicates in any case",
    '/cors-own',
    'X-Own, x-request-id, X-Resource-Tracking-ID',
  ),
  exposes('the id headers are appended to a list that is passed to writeHead', '/cors-head', `X-Own, ${ours}`),
  exposes(
    'the id headers are named beside a star, which does not count for requests with credentials',
    '/cors-star',
    `*, ${ours}`,
  ),
  exposes('a same-origin response has no list of exposed headers', '/implicit', undefined),
  {
    row: 'S2',
    says: 'the id headers are appended to the list of the cors package, without duplicates',
    service: { cors: 'package' },
    async run(service) {
      const answer = await service.ask('/json', { headers: { Origin: 'https://page.test' } })
      expect(answer.header('access-control-allow-origin')).toBe('https://page.test')
      expect(answer.header(exposeHeader)?.split(/, ?/)).toEqual(['X-Own', 'X-Request-ID', 'X-Resource-Tracking-ID'])
    },
  },
  {
    row: 'S2',
    says: 'a preflight allows X-Debug-Resource-Tracking with the cors package and corsHeaders',
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
    says: 'an error response to another origin exposes both id headers',
    service: { cors: 'package' },
    async run(service) {
      const answer = await service.ask('/throw', { headers: { Origin: 'https://page.test' } })
      expect(answer.status).toBe(500)
      expect(answer.header(exposeHeader)).toContain('X-Request-ID')
    },
  },
]
