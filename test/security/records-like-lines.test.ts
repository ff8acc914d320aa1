import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type BeforeLine, createSpoor, defineLogs, memoryRecords } from 'spoor'
import { spoorNode } from 'spoor/node'
import { afterEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Shown {
  readonly lines: string
  readonly records: string
  readonly live: string
}

/** What a service's lines, records and open requests show of one request and one job that hold canaries. */
async function shownOf(beforeLine?: BeforeLine): Promise<Shown> {
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, root: { console: false }, loggers: {}, beforeLine })
  const store = memoryRecords()
  const options = {
    logs,
    records: store,
    tracking: { mode: 'all' as const },
    inspector: { authorize: () => 'all' as const },
  }
  const spoor = createSpoor({ service: 'shop', ...options })
  let release = (): void => {}
  const server = createServer(
    spoorNode(spoor, {
      account: () => ({ account: 'acme', user: 'token=CANARY' }),
      inspector: '/_spoor',
      handler: async (_, response) => {
        const released = new Promise<void>((resolve) => {
          release = resolve
        })
        await spoor.runChild(spoor.carry(), { name: 'mail password=CANARY' }, () => released)
        response.end('done')
      },
    }),
  )
  closing.push(
    () => server.close(),
    () => spoor.close(),
    () => logs.close(),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const read = async (path: string): Promise<string> => (await fetch(`${origin}/_spoor/api/${path}`)).text()
  const came = once(server, 'request')
  const asked = fetch(`${origin}/orders`, { headers: { 'x-request-id': 'token=CANARY' } })
  await came
  const live = await read('live-requests')
  release()
  await (await asked).text()
  await logs.flush()
  const lines = readFileSync(join(directory, 'requests.jsonl'), 'utf8')
  return { lines, records: await read('requests'), live }
}

describe('records and open requests show the same as lines', () => {
  test('secrets in user, client request id and names of jobs are redacted', async () => {
    const shown = await shownOf()
    for (const text of Object.values(shown)) {
      expect(text).not.toContain('CANARY')
      expect(text).toContain('token=[redacted]')
      expect(text).toContain('mail password=[redacted]')
    }
  })

  test('fields that beforeLine removes or changes change everywhere; ids, account and figures stay', async () => {
    const shown = await shownOf((entry) => {
      const { user: _, name, ...fields } = entry.fields
      return { ...entry, fields: name === undefined ? fields : { ...fields, name: 'a job' } }
    })
    for (const text of Object.values(shown)) {
      expect(text).not.toContain('"user"')
      expect(text).toContain('"name":"a job"')
      expect(text).toContain('"account":"acme"')
    }
    for (const { id, startedAt } of JSON.parse(shown.records).items) {
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      expect(Date.parse(startedAt)).toBeGreaterThan(0)
    }
  })

  test('a line that beforeLine drops is shown nowhere', async () => {
    const shown = await shownOf((entry) => (entry.fields['kind'] === 'job' ? undefined : entry))
    for (const text of Object.values(shown)) {
      expect(text).toContain('/orders')
      expect(text).not.toContain('mail')
    }
  })

  test('a beforeLine that throws leaves no text', async () => {
    const shown = await shownOf(() => {
      throw new Error('broken')
    })
    for (const text of Object.values(shown)) {
      expect(text).not.toContain('/orders')
      expect(text).not.toContain('token=')
    }
  })
})
