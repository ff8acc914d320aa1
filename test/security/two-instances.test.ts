import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, type Identity, type Spoor } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test } from 'vitest'

const admin: Identity = { account: 'acme', user: 'ann', roles: ['admin'] }
const headers = { 'x-debug-resource-tracking': 'true' }

/** A server with two instances, one in the other. The inner handler has the second. */
async function served(
  handle: (second: Spoor) => unknown,
  resolved: () => Identity | undefined = () => admin,
): Promise<string> {
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const [first, second] = [createSpoor({ service: 'first', logs }), createSpoor({ service: 'second', logs })]
  const inner = spoorNode(second, {
    handler: async (_, response) => {
      await handle(second)
      response.end('x')
    },
  })
  const server = createServer(spoorNode(first, { account: resolved, handler: inner as never }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await Promise.all([first.close(), second.close()])
    await logs.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function isTracked(url: string): Promise<boolean> {
  const answer = await fetch(url, { headers })
  expect(await answer.text()).toBe('x')
  return answer.headers.has('x-resource-tracking-id')
}

test('an admin is told the cost if a second instance does nothing', async () => {
  expect(await isTracked(await served(() => {}))).toBe(true)
})

test('a second instance removes the tracking headers by switching to a user without the right', async () => {
  const url = await served((second) => second.identify({ account: 'globex', user: 'gus' }, { switch: true }))
  expect(await isTracked(url)).toBe(false)
})

test('a second instance removes the tracking headers by removing roles, also later and inside a promise', async () => {
  const url = await served(async (second) => {
    await new Promise((resolve) => setImmediate(resolve))
    second.identify({ account: 'acme', roles: [] })
  })
  expect(await isTracked(url)).toBe(false)
})

test('a second instance that sets the identity first enables tracking in the first', async () => {
  const url = await served(
    (second) => second.identify(admin),
    () => undefined,
  )
  expect(await isTracked(url)).toBe(true)
})

test('a scope of the second instance with another identity does not stop tracking of its request', async () => {
  const url = await served((second) =>
    second.run({ account: 'globex', user: 'gus' }, () => second.identify({ account: 'globex', roles: ['editor'] })),
  )
  expect(await isTracked(url)).toBe(true)
})
