import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import { askAs, inspected } from '../readers.js'
import type { Service } from '../service.js'
import type { Case } from '../suite.js'

/** Asks for all of `paths` on one connection, one after the other. @returns how often each status came */
async function all(service: Service, who: string, paths: Iterable<string>): Promise<Record<number, number>> {
  const connection = await service.connect()
  const counts: Record<number, number> = {}
  for (const path of paths) {
    connection.send(`GET /_spoor${path} HTTP/1.1\r\nHost: service.test\r\nX-Who: ${who}\r\n\r\n`)
    const { status, body } = await connection.answer()
    expect(body.length).toBeLessThan(1_000)
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

function* times(count: number, path: (index: number) => string): Generator<string> {
  for (let index = 0; index < count; index++) yield path(index)
}

const bad: Readonly<Record<string, string>> = {
  account: '/api/requests?account=',
  user: `/api/requests?user=${'u'.repeat(201)}`,
  status: '/api/requests?status=6xx',
  kind: '/api/requests?kind=query',
  dominant: '/api/requests?dominant=memory',
  mostly: '/api/requests?mostly=memory',
  from: '/api/requests?from=yesterday',
  to: '/api/requests?to=2026-11-24T10:00',
  minMs: '/api/requests?minMs=-1',
  minCpuMs: '/api/requests?minCpuMs=1e9',
  before: '/api/requests?before=%00',
  limit: '/api/requests?limit=201',
  'query: expected only the parameters account': '/api/requests?acount=acme',
  'query: expected only the parameter process': '/api/live-requests?account=acme',
  'query: expected no parameters': '/api/session?account=acme',
  'query: expected no': `/api/requests/01a20cbd-6426-707a-a1ab-a7dd0f1b12b1?limit=1`,
}

export const inspectorFloods: readonly Case[] = [
  {
    row: 'B6',
    says: 'a wrong parameter gets a 400 that names it, without any text of the request',
    service: inspected('before'),
    async run(service) {
      for (const [name, path] of Object.entries(bad)) {
        const answer = await askAs(service, 'operator', path)
        expect([name, answer.status]).toEqual([name, 400])
        expect(answer.json()).toMatchObject({ code: 'bad_query', requestId: answer.id })
        expect(answer.json()['detail']).toMatch(new RegExp(`^${name}`))
      }
      const several = await askAs(service, 'operator', '/api/requests?limit=0&kind=x&account=a&account=b&from=2&to=1')
      expect(several.json()['detail']).toBe(
        'limit: expected a whole number from 1 to 200, got another value; ' +
          'kind: expected one of request, job, got another value; account: expected one value, got several; ' +
          'from: expected a time before `to`, got the same or a later time',
      )
    },
  },
  {
    row: 'B6',
    says: 'text that is sent to the inspector does not come back in a header, a body or a log line',
    service: inspected('before'),
    async run(service) {
      const marker = 'x%0d%0aSet-Cookie:%20evil=1%0d%0a%1b%5b2J%e2%80%ae<script>evil</script>'
      const answers = [
        await askAs(service, 'operator', `/api/requests/${marker}`),
        await askAs(service, 'operator', `/api/${marker}`),
        await askAs(service, 'operator', `/api/requests?account=${marker}`),
        await askAs(service, 'operator', `/api/requests?${marker}=1`),
        await askAs(service, 'operator', `/api/requests?before=${marker}`),
        await askAs(service, 'operator', '/api/requests', { headers: { Origin: 'https://evil.test' } }),
        await askAs(service, 'operator', '/api/requests', { headers: { Host: '<script>evil</script>' } }),
      ]
      for (const { headers, body } of answers) {
        expect(JSON.stringify([headers, body])).not.toMatch(/evil|script|\\u001b|\u202e/)
        expect(headers.map(([name]) => name.toLowerCase())).not.toContain('set-cookie')
      }
      // Every line is whole: one with a line break of the caller's would not parse.
      expect(JSON.stringify(await service.lines())).not.toMatch(/\u001b|\u202e/)
    },
  },
  {
    row: 'B6',
    says: 'floods of ids, filters and cursors are answered and leave no memory in use',
    service: inspected('before'),
    async run(service) {
      const flood = async (): Promise<void> => {
        expect(
          await all(
            service,
            'admin',
            times(150, (i) => `/api/requests/id-${i}`),
          ),
        ).toEqual({ 404: 150 })
        expect(
          await all(
            service,
            'admin',
            times(150, (i) => `/api/requests?limit=${i + 201}`),
          ),
        ).toEqual({ 400: 150 })
        expect(
          await all(
            service,
            'admin',
            times(150, (i) => `/api/requests?before=cursor${i}`),
          ),
        ).toEqual({ 400: 150 })
      }
      await flood()
      const before = settledHeap()
      await flood()
      expect(settledHeap() - before).toBeLessThan(5 * 2 ** 20)
    },
  },
  {
    row: 'B6',
    says: 'thousands of parameters get one short answer quickly',
    service: inspected('before'),
    async run(service) {
      const before = process.cpuUsage()
      for (const part of ['a=1&', '=&', '&', 'limit=1&', '__proto__=1&constructor=1&', '%=%&']) {
        const { status, body } = await askAs(service, 'operator', `/api/requests?${part.repeat(12_000 / part.length)}`)
        expect([part, status]).toEqual([part, part === '&' ? 200 : 400])
        if (status === 400) expect(body.length).toBeLessThan(600)
      }
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1_000).toBeLessThan(5_000)
    },
  },
]

/** What is in use after everything was freed that can be. */
function settledHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
