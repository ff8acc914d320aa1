// Two copies of the package in one process: the one of the service, and the one that a dependency of its tests brings.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { captureSpoor, expectRequest, fakeClock, secretsStayOut } from 'spoor/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { loadCopy, type PackageCopy } from '../../test/conformance/package-copy.js'

let copy: PackageCopy
beforeAll(async () => {
  copy = await loadCopy()
})
afterAll(() => copy.remove())

async function ask(listener: ReturnType<typeof spoorNode>): Promise<Response> {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void server.close())
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`)
  await response.text()
  return response
}

test('captures of both copies are open at once, each with its own lines', async () => {
  const captures = [
    await captureSpoor({ loggers: { billing: {} } }),
    await copy.testing.captureSpoor({ loggers: { billing: {} } }),
  ]
  const adapters = [spoorNode, copy.node.spoorNode]
  for (const [n, { spoor, logs }] of captures.entries()) {
    const handler: Parameters<typeof spoorNode>[1]['handler'] = (_, response) => {
      logs.get('billing').info({ n, mail: 'canary-7f3a9c21' }, 'paid')
      response.end('hello')
    }
    const response = await ask((adapters[n] as typeof spoorNode)(spoor, { handler }))
    // The expectations of either copy find the request.
    for (const { expectRequest: expected } of [{ expectRequest }, copy.testing]) {
      expect((await expected(response).queriesAtMost(0)).record).toMatchObject({ path: '/orders' })
    }
  }
  for (const check of [secretsStayOut, copy.testing.secretsStayOut]) {
    expect(() => check('canary-7f3a9c21')).toThrow('the secret is in 2 places')
  }
  for (const [n, captured] of captures.entries()) {
    await captured.close()
    expect(captured.lines().flatMap(({ fields }) => fields['n'] ?? [])).toEqual([n])
  }
})

test('a capture takes the lines of logs that the other copy defined', async () => {
  const logs = copy.core.defineLogs({ loggers: { billing: {} }, files: false, console: false })
  const captured = await captureSpoor({ logs })
  logs.get('billing').info('paid')
  await captured.close()
  expect(captured.lines()).toMatchObject([{ logger: 'billing', message: 'paid' }])
  await expect(captureSpoor({ logs: { ...defineLogs({ loggers: {} }), get() {}, root: {} } as never })).rejects.toThrow(
    'expected what defineLogs of this version returns',
  )
})

test('only one fake clock stands at a time, whichever copy puts it there', () => {
  const clock = fakeClock(0)
  onTestFinished(() => clock.restore())
  expect(() => copy.testing.fakeClock()).toThrow('expected one fake clock at a time')
})
