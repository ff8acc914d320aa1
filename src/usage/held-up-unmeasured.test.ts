import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, memoryRecords, type StoredRecord } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, it, onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { burn, onRealClock } from '../../test/usage/burn.js'
import { readAccess } from '../records/read-access.js'

const everything = readAccess('all', undefined)

it('a request that is not measured is named as the one that held a measured one up', onRealClock, async () => {
  const logs = defineLogs({
    directory: temporaryFolder(),
    root: { console: false },
    loggers: { requests: { console: false } },
  })
  const records = memoryRecords()
  const spoor = createSpoor({ service: 'test', logs, records, tracking: { allow: () => true, windows: false } })
  const server = createServer(
    spoorNode(spoor, {
      account: ({ headers }) => ({ account: String(headers['x-account']) }),
      handler: async ({ url }, response) => {
        if (url === '/burn') burn(200)
        else await new Promise((resolve) => setTimeout(resolve, 150))
        response.end()
      },
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async (path: string, headers: Record<string, string>): Promise<string | null> => {
    const response = await fetch(base + path, { headers })
    await response.text()
    return response.headers.get('x-request-id')
  }
  const tracked = { 'x-account': 'acme', 'x-debug-resource-tracking': 'true' }
  await ask('/wait', tracked)
  const victim = ask('/wait', tracked)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const culprit = await ask('/burn', { 'x-account': 'globex' })
  const id = await victim
  const found = await vi.waitFor(async () => {
    const { items } = await records.list(everything, { requestId: id as string })
    expect(items).toHaveLength(1)
    return items[0] as StoredRecord
  })
  expect(found.heldUp[0]?.by).toMatchObject({ kind: 'request', id: culprit, account: 'globex', method: 'GET' })
  const { items } = await records.list(everything, { requestId: culprit as string })
  expect(items).toEqual([])
})
