// Code that runs in the context of a request that has ended, and work of such a request that goes on.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { spawn } from 'node:child_process'
import { tracingChannel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextFields, createSpoor, defineLogs, type Handler, type Spoor } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test } from 'vitest'
import type { WorkContext } from '../src/context/request-context.js'
import { Tracing } from '../src/queries/tracing.js'
import { CallbackPool } from './conformance/pools.js'

type Line = Record<string, unknown>
type Route = (request: IncomingMessage, response: ServerResponse) => void

interface Service {
  readonly spoor: Spoor
  readonly lines: Line[]
  readonly texts: string[]
  log(message: string): void
  /** Sends a request and returns its id, once its line is written. */
  ask(path: string): Promise<string>
  line(message: string): Promise<Line>
}

function memory(lines: string[]): Handler {
  return {
    write: (batch) => void lines.push(...batch.toString().trimEnd().split('\n')),
    flush: async () => {},
    close: async () => {},
  }
}

/** A service whose routes may be made with it. The account is the query. */
async function serve(routes: (service: Service) => Record<string, Route>): Promise<Service> {
  const [json, texts]: [string[], string[]] = [[], []]
  const handlers = [memory(json)]
  const logs = defineLogs({
    files: false,
    root: { console: false, format: 'json', flush: 'line', handlers },
    loggers: {
      own: { console: false, format: 'json', flush: 'line', handlers },
      plain: { console: false, format: 'text', flush: 'line', handlers: [memory(texts)] },
      requests: { console: false, format: 'json', flush: 'line', handlers },
    },
  })
  const spoor = createSpoor({ service: 'test', logs })
  const lines = (): Line[] => json.map((line) => JSON.parse(line))
  const service: Service = {
    spoor,
    texts,
    get lines() {
      return lines()
    },
    log: (message) => {
      logs.get('own').info(message)
      logs.get('plain').info(message)
    },
    ask: async (path) => {
      const { port } = server.address() as AddressInfo
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      await response.text()
      const id = response.headers.get('x-request-id') as string
      await expect
        .poll(() => lines().some((line) => line['logger'] === 'requests' && line['requestId'] === id))
        .toBe(true)
      return id
    },
    line: async (message) => {
      const found = (): Line | undefined => lines().find((line) => line['message'] === message)
      await expect.poll(found).toBeDefined()
      return found() as Line
    },
  }
  const made = routes(service)
  const handler: Route = (request, response) => {
    const { pathname } = new URL(request.url as string, 'http://a')
    made[pathname]?.(request, response)
  }
  const account = (request: IncomingMessage): { account: string } | undefined => {
    const { search } = new URL(request.url as string, 'http://a')
    return search === '' ? undefined : { account: search.slice(1) }
  }
  const server = createServer(spoorNode(spoor, { account, handler }))
  spoor.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await spoor.close()
  })
  return service
}

const unknown = expect.objectContaining({ contextUnknown: true })

function expectUnknown(line: Line): void {
  expect(line).toEqual(unknown)
  for (const name of ['requestId', 'parentId', 'traceId', 'account']) expect(line).not.toHaveProperty(name)
}

test('a callback of a pool that runs in the context of the ended request that opened the connection has contextUnknown', async () => {
  const pool = await CallbackPool.open()
  onTestFinished(() => pool.close())
  const service = await serve(({ spoor, log }) => ({
    '/first': (_, response) => pool.query('a', () => response.end()),
    '/second': (_, response) => {
      pool.query('b', () => {
        log('in the callback')
        setTimeout(() => {
          log('started there')
          response.setHeader('x-seen', String(spoor.context()?.requestId))
          response.end(JSON.stringify([spoor.carry(), contextFields()]))
        }, 1)
      })
    },
  }))
  const first = await service.ask('/first?acme')
  await service.ask('/second?globex')
  expectUnknown(await service.line('in the callback'))
  expectUnknown(await service.line('started there'))
  expect(service.texts[0]).toMatch(/ in the callback \{"logger":"plain","contextUnknown":true\}$/)
  const ownLines = service.lines.filter((line) => line['requestId'] === first)
  expect(ownLines.map((line) => line['logger'])).toEqual(['requests'])
})

test('such lines are counted, and the first place is reported once, with its stack and outside any context', async () => {
  const pool = await CallbackPool.open()
  onTestFinished(() => pool.close())
  const service = await serve(({ log }) => ({
    '/first': (_, response) => pool.query('a', () => response.end()),
    '/second': (_, response) => {
      pool.query('b', function guilty() {
        log('here')
        response.end()
      })
    },
  }))
  await service.ask('/first')
  await service.ask('/second')
  await service.ask('/second')
  const { internalsOf } = await import('../src/lifecycle/adapter.js')
  // Two loggers write each.
  expect(internalsOf(service.spoor)?.lifecycle.trouble.contextsUnknown).toBe(4)
  const warnings = service.lines.filter((line) => line['error'] !== undefined)
  expect(warnings.map((line) => line['message'])).toEqual([expect.stringMatching(/context of .* spoor\.bind/)])
  expect(JSON.stringify(warnings[0]?.['error'])).toMatch(/guilty/)
  expect(warnings[0]).not.toHaveProperty('requestId')
  expect(warnings[0]).not.toHaveProperty('contextUnknown')
})

test('spoor.bind and promises keep the context of their request, also on the connection of an ended one', async () => {
  const pool = await CallbackPool.open()
  onTestFinished(() => pool.close())
  const service = await serve(({ spoor, log }) => ({
    '/first': (_, response) => pool.query('a', () => response.end()),
    '/bound': (_, response) => {
      const done = spoor.bind(() => log('bound and late'))
      response.end()
      response.on('close', () => pool.query('b', done))
    },
    '/promised': async (_, response) => {
      response.end()
      await new Promise<void>((resolve) => pool.query('c', () => resolve()))
      log('promised and late')
    },
  }))
  await service.ask('/first')
  const bound = await service.ask('/bound')
  expect((await service.line('bound and late'))['requestId']).toBe(bound)
  const promised = await service.ask('/promised')
  expect((await service.line('promised and late'))['requestId']).toBe(promised)
  expect(service.lines).not.toContainEqual(unknown)
})

test('a followed query of an ended request keeps its id, on the connection of another ended one', async () => {
  const pool = await CallbackPool.open()
  const tracing = new Tracing()
  tracing.bind('test:query', (message: { asker?: WorkContext }) => message.asker)
  onTestFinished(() => {
    tracing.stop()
    pool.close()
  })
  const service = await serve(({ spoor, log }) => ({
    '/first': (_, response) => pool.query('a', () => response.end()),
    '/second': (_, response) => {
      response.on('close', () => {
        const message = { asker: spoor.context() }
        const query = (done: () => void): void => pool.query('b', done)
        tracingChannel('test:query').traceCallback(query, 0, message, undefined, () => log('followed and late'))
      })
      response.end()
    },
    '/third': (_, response) => {
      pool.query('c', () => {
        log('not followed')
        response.end()
      })
    },
  }))
  await service.ask('/first')
  const id = await service.ask('/second')
  expect((await service.line('followed and late'))['requestId']).toBe(id)
  await service.ask('/third')
  expectUnknown(await service.line('not followed'))
})

test('a callback that keeps the context of an ended request by itself has contextUnknown where another request calls it', async () => {
  const events = new EventEmitter()
  const service = await serve(({ spoor, log }) => ({
    '/first': (_, response) => {
      events.on(
        'change',
        AsyncResource.bind(() => log('by a resource')),
      )
      const snapshot = AsyncLocalStorage.snapshot()
      events.on('change', () => snapshot(() => log('by a snapshot')))
      events.on(
        'change',
        spoor.bind(() => log('by spoor.bind')),
      )
      response.end()
    },
    '/second': (_, response) => {
      events.emit('change')
      log('after them')
      response.end()
    },
  }))
  const first = await service.ask('/first')
  const second = await service.ask('/second')
  expectUnknown(await service.line('by a resource'))
  expectUnknown(await service.line('by a snapshot'))
  expect((await service.line('by spoor.bind'))['requestId']).toBe(first)
  expect((await service.line('after them'))['requestId']).toBe(second)
})

test('late work of a request keeps its id: timers, promises, files, processes, its own calls, its own emitters', async () => {
  const service = await serve(({ log }) => ({
    '/other': (_, response) => response.end('x'),
    '/first': (request, response) => {
      const { localPort: port } = request.socket
      response.on('close', () => log('close'))
      response.on('finish', () => log('finish'))
      response.end()
      response.on('close', async () => {
        const timer = setInterval(() => {
          log('interval')
          clearInterval(timer)
        }, 5)
        setImmediate(() => log('immediate'))
        process.nextTick(() => log('tick'))
        readFile(import.meta.filename, () => log('file'))
        const child = spawn(process.execPath, ['-e', 'console.log(1)'])
        child.stdout.on('data', () => log('output of a process'))
        child.on('exit', () => log('exit of a process'))
        get({ port, host: '127.0.0.1', path: '/other' }, (answer) => {
          log('answer')
          answer.on('data', () => log('data')).on('end', () => log('end'))
        })
        const events = new EventEmitter()
        events.on('change', () => log('own event'))
        setTimeout(() => events.emit('change'), 1)
        await fetch(`http://127.0.0.1:${port}/other`)
        log('fetch')
        await new Promise((resolve) => setTimeout(resolve, 1))
        log('promise')
      })
    },
  }))
  const id = await service.ask('/first')
  const messages = [
    'close',
    'finish',
    'interval',
    'immediate',
    'tick',
    'file',
    'output of a process',
    'exit of a process',
  ]
  messages.push('answer', 'data', 'end', 'own event', 'fetch', 'promise')
  for (const message of messages) expect([message, (await service.line(message))['requestId']]).toEqual([message, id])
})

test('code of an ended request that names another account is in the wrong context: nothing after it has the id', async () => {
  const later: (() => void)[] = []
  const service = await serve(({ spoor, log }) => ({
    '/first': (_, response) => {
      const loop = async (): Promise<void> => {
        await new Promise<void>((resolve) => later.push(resolve))
        log('before')
        spoor.runChild(JSON.parse(JSON.stringify(carried)), {}, () => log('in the job'))
        log('after the job')
      }
      void loop()
      later.push(
        AsyncResource.bind(() => {
          expect(() => spoor.identify({ account: 'globex' })).toThrow(/another account/)
          log('after identify')
        }),
      )
      response.end()
    },
    '/second': (_, response) => {
      carried = spoor.carry({ name: 'mail' })
      response.end()
    },
  }))
  let carried: unknown
  const first = await service.ask('/first?acme')
  const second = await service.ask('/second?globex')
  for (const call of later) call()
  expect(await service.line('before')).toMatchObject({ requestId: first, account: 'acme' })
  expect(await service.line('in the job')).toMatchObject({ parentId: second, account: 'globex' })
  expectUnknown(await service.line('after the job'))
  expectUnknown(await service.line('after identify'))
})

test('an open request keeps its context when it refuses another account', async () => {
  const service = await serve(({ spoor, log }) => ({
    '/': (_, response) => {
      expect(() => spoor.identify({ account: 'globex' })).toThrow(/another account/)
      log('after')
      response.end()
    },
  }))
  const id = await service.ask('/?acme')
  expect(await service.line('after')).toMatchObject({ requestId: id, account: 'acme' })
})
