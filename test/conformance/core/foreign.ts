import { AsyncLocalStorage } from 'node:async_hooks'
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { Spoor } from 'spoor'
import { expect, onTestFinished } from 'vitest'
import { loadCopy, type PackageCopy } from '../package-copy.js'
import type { Case } from '../suite.js'

const foreign = new AsyncLocalStorage<string>()
const key = createContextKey('conformance')
let copy: PackageCopy | undefined

/** A store that other code opens around a handler, read at the end of everything that the handler does. */
function storeCase(
  says: string,
  run: (value: string, fn: () => void) => void,
  now: () => unknown,
  enable: () => void = () => {},
): Case {
  return {
    row: 'B15',
    says,
    service: {
      raw: (_, note) => ({
        '/foreign': (request, response) => {
          const own = String(request.headers['x-marker'])
          run(own, () => {
            const seen: unknown[] = []
            const see = (where: string): void => {
              seen.push(now())
              note(response, where)
            }
            request.on('data', () => see('request data'))
            // What is emitted by Node runs where Node emits it: a foreign store is bound by its own means (bind).
            setTimeout(() => {
              see('timer')
              void Promise.resolve().then(() => {
                see('promise')
                response.end(JSON.stringify(seen.slice(-2)))
              })
            }, 1)
          })
        },
      }),
    },
    async run(service) {
      enable()
      const ask = (marker: string) =>
        service.ask('/foreign', { method: 'POST', body: 'hello', headers: { 'X-Marker': marker } })
      const answers = await Promise.all(['a', 'b', 'c'].map(ask))
      expect(answers.map((answer) => JSON.parse(answer.body))).toEqual(['a', 'b', 'c'].map((own) => [own, own]))
      for (const answer of answers) {
        expect(await service.requestLine(answer.id)).not.toHaveProperty('contextLost')
      }
      expect(now()).toBeUndefined()
    },
  }
}

export const foreignCases: readonly Case[] = [
  storeCase(
    "an AsyncLocalStorage of the service and Spoor's context do not disturb each other",
    (value, fn) => foreign.run(value, fn),
    () => foreign.getStore(),
  ),
  storeCase(
    "OpenTelemetry's context and Spoor's context do not disturb each other",
    (value, fn) => context.with(ROOT_CONTEXT.setValue(key, value), fn),
    () => context.active().getValue(key),
    () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
      onTestFinished(() => context.disable())
    },
  ),
  {
    row: 'B15',
    says: 'a store that is entered around the server is present in the handler',
    service: {
      onServer: (server) => {
        const emit = server.emit
        server.emit = function (this: typeof server, ...args: unknown[]) {
          return foreign.run('whole', () => Reflect.apply(emit, this, args))
        } as typeof emit
      },
      raw: (_, note) => ({
        '/whole': (_request, response) => {
          note(response, 'handler')
          response.end(String(foreign.getStore()))
        },
      }),
    },
    async run(service) {
      const answer = await service.ask('/whole')
      await service.requestLine(answer.id)
      expect(answer.body).toBe('whole')
    },
  },
  {
    row: 'S22',
    says: 'two copies of the package share id, context and account, and write one request line',
    service: {
      account: () => ({ account: 'acme' }),
      onServer: async (server, spoor) => {
        copy = await loadCopy()
        const { createSpoor, defineLogs } = copy.core
        const silent = { console: false } as const
        const logs = defineLogs({ files: false, root: silent, loggers: { requests: silent } })
        const other = createSpoor({ service: 'other', logs })
        other.attach(server)
        expect(other.context).not.toBe(spoor.context)
        copies.set(server, other)
      },
      raw: () => ({
        '/copy': (request, response) => {
          const other = copies.get((request.socket as unknown as { server: object }).server)
          const { requestId, account } = other?.context() ?? {}
          response.end(JSON.stringify({ requestId, account }))
        },
      }),
    },
    async run(service) {
      onTestFinished(async () => {
        await copies.get(service.server)?.close()
        copy?.remove()
      })
      const answer = await service.ask('/copy')
      expect(answer.json()).toEqual({ requestId: answer.id, account: 'acme' })
      const broken = await service.say('nonsense\r\n\r\n')
      await service.requestLine(broken.id)
      await service.requestLines(2)
      // The copy's instance goes on alone where ours is closed.
      await service.spoor.close()
      expect((await service.say('nonsense\r\n\r\n')).id).not.toBe(broken.id)
      expect((await service.ask('/copy')).status).toBe(200)
    },
  },
]

const copies = new WeakMap<object, Spoor>()
