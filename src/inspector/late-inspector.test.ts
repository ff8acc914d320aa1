import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test } from 'vitest'
import { type Internals, internalsOf, withInternals } from '../lifecycle/adapter.js'
import type { Inspector } from './inspector.js'
import { lateInspector } from './late-inspector.js'

const silent = { console: false } as const

/** A service whose inspector is loaded by `load`. */
async function service(load: () => Promise<Inspector>) {
  const logs = defineLogs({ files: false, root: silent, loggers: { requests: silent } })
  const made = createSpoor({ service: 'test', logs })
  const { adapter, lifecycle } = internalsOf(made) as Internals
  const inspector = lateInspector(adapter, load)
  const spoor = withInternals({ ...made }, { lifecycle, adapter: { ...adapter, inspector } })
  const server = createServer(spoorNode(spoor, { handler: (_, response) => response.end('x'), inspector: '/i' }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
  })
  const ask = (path: string) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
  return { ask, lifecycle }
}

const answering: Inspector = { handle: async () => ({ status: 200, headers: {}, body: 'here' }), close: () => {} }

test('an inspector is loaded by the first request for it, once', async () => {
  let loaded = 0
  const { ask } = await service(async () => {
    loaded++
    return answering
  })
  await ask('/')
  expect(loaded).toBe(0)
  const answers = await Promise.all([ask('/i/a'), ask('/i/b')])
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['here', 'here'])
  expect(loaded).toBe(1)
})

test('an inspector that cannot be loaded gives an uncached 500, and the next request tries again', async () => {
  let isThere = false
  const { ask } = await service(async () => {
    if (!isThere) throw new Error('Cannot find module: secret')
    return answering
  })
  const failed = await ask('/i/a')
  expect([failed.status, failed.headers.get('cache-control')]).toEqual([500, 'no-store'])
  expect(await failed.text()).not.toContain('secret')
  isThere = true
  expect(await (await ask('/i/a')).text()).toBe('here')
})

test("a request for the inspector is Spoor's own while the inspector is loaded", async () => {
  let [asked, open]: [() => void, (inspector: Inspector) => void] = [() => {}, () => {}]
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  const { ask, lifecycle } = await service(() => {
    asked()
    return new Promise((resolve) => {
      open = resolve
    })
  })
  const answer = ask('/i/a')
  await isAsked
  expect([...lifecycle.live()]).toEqual([])
  open(answering)
  expect(await (await answer).text()).toBe('here')
})
