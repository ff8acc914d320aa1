// Libraries read the length and the name of a function. What Spoor puts before one must not differ in them.
import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import http, { createServer, type Server, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { expect, onTestFinished, test } from 'vitest'

type Functions = Record<string, unknown>

const shapesOf = (owner: object, names: readonly string[]): unknown[] =>
  names.map((name) => {
    const method = (owner as Functions)[name]
    return typeof method === 'function' ? [name, method.name, method.length] : [name]
  })

function follow(): Spoor {
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
  })
  return spoor
}

async function ask(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await response.arrayBuffer()
  server.close()
  server.closeAllConnections()
}

test('functions of Node keep their length and name while requests are followed and measured', () => {
  const owners: [object, string[]][] = [
    [http, ['request', 'get']],
    [https, ['request', 'get']],
    [fs, Object.keys(fs)],
    [fs.promises, Object.keys(fs.promises)],
    [AsyncResource.prototype, ['runInAsyncScope', 'bind', 'emitDestroy']],
  ]
  const shapes = (): unknown[] => owners.map(([owner, names]) => shapesOf(owner, names))
  const before = shapes()
  follow()
  expect(shapes()).toEqual(before)
})

test('methods of a server, its requests and its responses keep their length and name', async () => {
  const spoor = follow()
  const methods = [
    'write',
    'end',
    'writeHead',
    'writeContinue',
    'writeEarlyHints',
    'writeProcessing',
    'writeInformation',
  ]
  const expected = [
    shapesOf(EventEmitter.prototype, ['emit']),
    shapesOf(EventEmitter.prototype, ['emit']),
    shapesOf(ServerResponse.prototype, ['emit', ...methods]),
  ]
  let seen: unknown
  const server = createServer((request, response) => {
    seen = [shapesOf(server, ['emit']), shapesOf(request, ['emit']), shapesOf(response, ['emit', ...methods])]
    response.end()
  })
  spoor.attach(server)
  await ask(server)
  expect(seen).toEqual(expected)
})

test("Express recognizes only Spoor's error handler as an error handler, by its four parameters", () => {
  const s = spoorExpress(follow())
  const parts = [s, s.requestId, s.accountContext, s.inspector, s.identify(() => undefined), ...s.errors]
  expect(parts.map(({ length }) => length === 4)).toEqual([false, false, false, false, false, false, true])
})

test('an error handler that is bound to a request remains an error handler for Express', async () => {
  const spoor = follow()
  const app = express()
  app.get('/', () => {
    throw new Error('broken')
  })
  let handled = false
  const onError: express.ErrorRequestHandler = (_error, _request, response, _next) => {
    handled = true
    response.end()
  }
  app.use(spoor.bind(onError))
  await ask(createServer(app))
  expect(handled).toBe(true)
})
