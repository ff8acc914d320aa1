import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs, OptionsError } from 'spoor'
import { type SpoorExpress, spoorExpress } from 'spoor/express'
import { expect, onTestFinished, test, vi } from 'vitest'

// Its types are those of Express 5.
const express4 = createRequire(import.meta.url)('express4') as typeof express

function started(): { s: SpoorExpress; text: () => Promise<string> } {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-express4-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  return {
    s: spoorExpress(spoor),
    text: async () => {
      await logs.flush()
      return readFileSync(join(directory, 'root.log'), 'utf8')
    },
  }
}

const needed = /^spoorExpress: app: expected Express 5, got Express 4\.\d+\.\d+; use spoorExpress4 of spoor\/express4$/

test('Express 4 is refused at the mount, with its version and the adapter to use', () => {
  const { s } = started()
  const parts = { s, requestId: s.requestId, accountContext: s.accountContext, inspector: s.inspector }
  for (const [name, part] of Object.entries(parts)) {
    expect(() => express4().use(part), name).toThrow(OptionsError)
    expect(() => express4().use('/below', part), name).toThrow(needed)
    expect(() => express4.Router().use(part), name).toThrow(needed)
  }
  expect(() => express4().use(s.errors)).toThrow(needed)
  expect(() => express4().use(s.identify(() => undefined))).toThrow(needed)
})

test('Express 5 is accepted', () => {
  const { s } = started()
  expect(() => express().use(s).use('/_spoor', s.inspector).use(s.errors)).not.toThrow()
  expect(() => express.Router().use(s.requestId, s.accountContext)).not.toThrow()
})

test('an Express 4 that cannot be recognized at the mount still serves requests, with one warning', async () => {
  const { s, text } = started()
  const app = express4()
  // As in a bundle: what reads the handlers is in no file of Express.
  const hidden = (part: (...args: never[]) => unknown): never => ((...args: never[]) => part(...args)) as never
  app.use(hidden(s))
  app.use('/t/:tenant', express.Router().get('/orders/:id', (_, response) => void response.send('ok')) as never)
  app.use((request, response, next) => s.errors[0](request, response, next))
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const statusOf = async (path: string) =>
    (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)).status
  expect([await statusOf('/t/acme/orders/7'), await statusOf('/nowhere')]).toEqual([200, 404])
  await vi.waitFor(async () => {
    expect(
      (await text()).split('\n').filter((line) => line.includes('expected Express 5, got Express 4')),
    ).toHaveLength(1)
  })
})
