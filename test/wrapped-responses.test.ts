// A program that is loaded before the service, as agents of monitoring are, wraps methods of all responses. Its wrappers
// still see each call, also the one that sets Spoor's id. In a file of its own, because the first response of a process decides
// what Spoor takes for Node's own.
import { once } from 'node:events'
import { createServer, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs } from 'spoor'
import { afterAll, beforeAll, expect, test } from 'vitest'

type Method = (...args: unknown[]) => unknown
const prototype = ServerResponse.prototype as unknown as Record<'writeHead' | 'setHeader', Method>
const heard: { name: string; args: unknown[] }[] = []
const own = { writeHead: prototype.writeHead, setHeader: prototype.setHeader }

beforeAll(() => {
  for (const name of ['writeHead', 'setHeader'] as const) {
    prototype[name] = function (this: unknown, ...args) {
      heard.push({ name, args })
      return Reflect.apply(own[name], this, args)
    }
  }
})
afterAll(() => Object.assign(prototype, own))

test('a wrapper of the prototype gets headers as an object, and hears of the id of each response', async () => {
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'wrapped', logs })
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html', Foo: '1' }).end()
  })
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (let at = 0; at < 3; at++) {
    heard.length = 0
    const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const set = heard.filter(({ name }) => name === 'setHeader')
    expect(set[0]?.args).toEqual(['X-Request-ID', headers.get('x-request-id')])
    const [, given] = heard.find(({ name }) => name === 'writeHead')?.args ?? []
    expect(given).toMatchObject({ 'Content-Type': 'text/html', Foo: '1' })
  }
  server.close()
  await spoor.close()
  await logs.close()
})
