import { expect } from 'vitest'
import type { Case } from '../suite.js'

/** Mistakes of mounting. How they are made is the framework's; what is said of them is the same. */
export const order: readonly Case[] = [
  {
    row: 'S11',
    says: 'mounted twice: said once by the root logger with the mend, and every request has one line',
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
    says: 'the resolver sees a request that has its id already, the handler one that has its account',
    service: { accountWith: (spoor) => () => ({ account: 'acme', user: String(spoor.context()?.requestId) }) },
    async run(service) {
      const answer = await service.ask('/who')
      expect(answer.json()).toMatchObject({ account: 'acme', user: answer.id })
    },
  },
  {
    row: 'S11',
    says: 'the error handler before the routes: said by name, with the mend, at the first request',
    service: { errorsFirst: true },
    async run(service) {
      const answer = await service.ask('/json')
      expect(answer.status).toBe(404)
      const said = (await service.lines()).filter((line) => line.level === 'warn').map((line) => line.message)
      expect(said).toEqual([expect.stringMatching(/s\.errors is mounted before .*last/)])
    },
  },
]
