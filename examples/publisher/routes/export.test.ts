import '../testing/log-directory.js'
import { describe, expect, test } from 'vitest'
import { call, start } from '../testing/publisher.js'

describe('POST /export', () => {
  test('uses the given CPU time in steps of 20 ms', async () => {
    const publisher = await start()
    const cpuBefore = process.cpuUsage()
    const answer = await call(publisher, 'POST', '/api/v1/export?ms=110', { token: 'globex-user' })
    const { user, system } = process.cpuUsage(cpuBefore)
    expect(answer).toMatchObject({ status: 200, json: { ms: 110, steps: 6 } })
    expect((user + system) / 1_000).toBeGreaterThan(55)
  })

  test('uses 300 ms by default', async () => {
    const { json } = await call(await start(), 'POST', '/api/v1/export')
    expect(json).toEqual({ ms: 300, steps: 15 })
  })

  test('lets other requests run between its steps', async () => {
    const publisher = await start()
    const finished: string[] = []
    const request = async (method: 'GET' | 'POST', path: string): Promise<void> => {
      await call(publisher, method, `/api/v1/${path}`)
      finished.push(path)
    }
    await Promise.all([request('POST', 'export?ms=400'), request('GET', 'work')])
    expect(finished).toEqual(['work', 'export?ms=400'])
  })

  test.each(['0', '5001', '-1', '1.5', '', '1e3', 'soon', '1&ms=2'])('refuses ?ms=%s', async (ms) => {
    const answer = await call(await start(), 'POST', `/api/v1/export?ms=${ms}`)
    const detail = 'ms: expected a whole number from 1 to 5000'
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_export', detail, requestId: answer.id } })
  })
})
