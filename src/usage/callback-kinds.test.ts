import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { pbkdf2 } from 'node:crypto'
import { lookup } from 'node:dns'
import { EventEmitter, on } from 'node:events'
import { createReadStream, readFile, stat } from 'node:fs'
import { readFile as readFileLater } from 'node:fs/promises'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as later } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { burn, onRealClock, testUsage, turn, Worker } from '../../test/usage/burn.js'
import { bindToContext } from '../context/scope.js'
import type { Usage } from './usage.js'

const file = new URL(import.meta.url)
let server: Server
let usage: Usage
const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

beforeAll(async () => {
  server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  usage = testUsage()
})
afterAll(() => {
  usage.close()
  server.closeAllConnections()
  server.close()
})

/** Calls `burn` in a callback of its kind, and resolves after it. */
type Kind = (burn: () => void) => unknown
/** For what takes a callback. */
const called = (start: (done: () => void) => void): Kind => {
  return (burn) =>
    new Promise<void>((resolve) => {
      start(() => {
        burn()
        resolve()
      })
    })
}
const thenable = {
  // biome-ignore lint/suspicious/noThenProperty: libraries older than Promise have promises of their own
  then: (done: (value: number) => void) => void setImmediate(() => done(1)),
}

// Everything by which Node comes back to a request's code.
const kinds: Record<string, Kind> = {
  'code that runs at once': (burn) => burn(),
  await: async (burn) => {
    await undefined
    burn()
  },
  'await of a promise that is settled later': async (burn) => {
    await later(1)
    burn()
  },
  'await of a thenable': async (burn) => {
    await (thenable as unknown as PromiseLike<number>)
    burn()
  },
  'then of a promise': (burn) => Promise.resolve().then(burn),
  'catch of a rejection': (burn) => Promise.reject(new Error('x')).catch(burn),
  finally: (burn) => Promise.resolve().finally(burn),
  'Promise.all': async (burn) => {
    await Promise.all([Promise.resolve(), later(1)])
    burn()
  },
  'Promise.race': async (burn) => {
    await Promise.race([later(1), new Promise(() => {})])
    burn()
  },
  'an async function within another': async (burn) => {
    const inner = async (): Promise<void> => {
      await turn()
      burn()
    }
    await inner()
  },
  'an async generator': async (burn) => {
    async function* three(): AsyncGenerator<number> {
      await undefined
      burn()
      yield 1
    }
    for await (const _ of three());
  },
  setTimeout: called((done) => setTimeout(done, 1)),
  setInterval: (burn) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        clearInterval(timer)
        burn()
        resolve()
      }, 1)
    }),
  setImmediate: called((done) => setImmediate(done)),
  'process.nextTick': called((done) => process.nextTick(done)),
  queueMicrotask: called((done) => queueMicrotask(done)),
  'timers/promises': (burn) => later(1).then(burn),
  'a callback of fs': called((done) => stat(file, done)),
  'fs.readFile': called((done) => readFile(file, done)),
  'fs/promises': async (burn) => {
    await readFileLater(file)
    burn()
  },
  'promisified fs': async (burn) => {
    await promisify(readFile)(file)
    burn()
  },
  'a stream of a file': called((done) => createReadStream(file).once('data', done).resume()),
  'a stream in a pipeline': (burn) =>
    pipeline(Readable.from(['a']), async (source) => {
      for await (const _ of source) burn()
    }),
  'crypto in the thread pool': called((done) => pbkdf2('a', 'b', 10, 16, 'sha256', done)),
  'zlib in the thread pool': called((done) => gzip('hello', done)),
  dns: called((done) => lookup('localhost', done)),
  'the answer to http.get': called((done) => get(url(), (answer) => answer.resume().on('end', done))),
  fetch: async (burn) => {
    const answer = await fetch(url())
    await answer.text()
    burn()
  },
  'for await over events': async (burn) => {
    const emitter = new EventEmitter()
    setImmediate(() => emitter.emit('thing', 1))
    for await (const _ of on(emitter, 'thing')) {
      burn()
      break
    }
  },
  'a listener of a plain emitter': (burn) => {
    const emitter = new EventEmitter().on('thing', burn)
    emitter.emit('thing')
  },
  AbortSignal: called((done) => AbortSignal.timeout(1).addEventListener('abort', done)),
  MessageChannel: (burn) =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.once('message', () => {
        burn()
        port1.close()
        resolve()
      })
      port2.postMessage(1)
    }),
}

describe.each(Object.entries(kinds))('%s', onRealClock, (_, start) => {
  it('is charged only to the request that started it, while another request does the same', async () => {
    // What is used for the first time is loaded and compiled first: fetch for 20 ms.
    await start(() => {})
    const [one, other] = [new Worker(), new Worker()]
    for (const { context } of [one, other]) usage.begin(context)
    await Promise.all([one.run(() => start(() => one.burn(9))), other.run(() => start(() => other.burn(3)))])
    for (const worker of [one, other]) expectCharged(worker)
  })
})

// Called from somewhere else: from another request's code, or from none.
const bound: Record<string, (fn: () => void) => () => void> = {
  'AsyncResource.runInAsyncScope': (fn) => {
    const resource = new AsyncResource('test')
    return () => resource.runInAsyncScope(fn)
  },
  'AsyncResource.bind': (fn) => AsyncResource.bind(fn),
  'AsyncResource of a class of its own': (fn) => {
    class Own extends AsyncResource {
      call(): void {
        this.runInAsyncScope(fn, undefined)
      }
    }
    const own = new Own('own')
    return () => own.call()
  },
  'AsyncLocalStorage.bind': (fn) => AsyncLocalStorage.bind(fn),
  'AsyncLocalStorage.snapshot': (fn) => {
    const inside = AsyncLocalStorage.snapshot()
    return () => inside(fn)
  },
  'spoor.bind': (fn) => bindToContext(fn),
}

describe.each(Object.entries(bound))('%s', onRealClock, (_, bind) => {
  it.each([
    ['another request', (worker: Worker, fn: () => void) => worker.run(fn)],
    ['another request’s await', (worker: Worker, fn: () => void) => worker.run(() => Promise.resolve().then(fn))],
    ['another request’s timer', (worker: Worker, fn: () => void) => worker.run(() => later(1).then(fn))],
    ['no request', (_: Worker, fn: () => void) => turn().then(fn)],
  ] as const)('is charged to the request that bound it, when called from %s', async (_, from) => {
    const [one, other] = [new Worker(), new Worker()]
    for (const { context } of [one, other]) usage.begin(context)
    const fn = one.run(() => bind(() => one.burn(6)))
    await from(other, () => {
      other.burn(3)
      fn()
      other.burn(3)
    })
    // Without a context around it, the CPU of `other` is unattributed.
    if (_ !== 'no request') expectCharged(other)
    expectCharged(one)
  })
})

it('the busy loop uses CPU', () => {
  expect(burn(2)).toBeGreaterThanOrEqual(2)
})

/** Node's own work around it is charged to it too: an http.get takes a ms, on a loaded machine more. */
function expectCharged(worker: Worker): void {
  expect(worker.chargedMs).toBeGreaterThan(worker.burnedMs * 0.85)
  expect(worker.chargedMs).toBeLessThan(worker.burnedMs * 1.15 + 4)
}
