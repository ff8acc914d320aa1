import { expect } from 'vitest'
import type { Case } from '../suite.js'

/** Mistakes of mounting. How they are made is the framework's; what is said of them is the same. */
export const order: readonly Case[] = [
  {
    row: 'S11',
    says: 'mounting twice writes one warning that names the fix, and each request has one request line',
    service: { others: 'same', account: () => ({ account: 'acme' }) },
    async run(service) {
      for (let i = 0; i < 2; i++) {
        const answer = await service.ask('/who')
        expect(await service.requestLine(answer.id)).toMatchObject({ account: 'acme' })
      }
      await service.requestLines(2)
      const said = (await service.lines()).filter((line) => line.level === 'warn').map((line) => line.message)
      expect(said).toEqual([expect.stringMatching(/twice.*leave/)])
    },
  },
  {
    row: 'S11',
    says: 'the id exists when the resolver runs, and the account when the handler runs',
    service: { accountWith: (spoor) => () => ({ account: 'acme', user: String(spoor.context()?.requestId) }) },
    async run(service) {
      const answer = await service.ask('/who')
      expect(answer.json()).toMatchObject({ account: 'acme', user: answer.id })
    },
  },
  {
    row: 'S11',
    says: 'an error handler before the routes causes one warning at the first request, which names the fix',
    service: { errorsFirst: true },
    async run(service) {
      const answer = await service.ask('/json')
      expect(answer.status).toBe(404)
      const said = (await service.lines()).filter((line) => line.level === 'warn').map((line) => line.message)
      expect(said).toEqual([expect.stringMatching(/s\.errors is mounted before .*last/)])
    },
  },
]
