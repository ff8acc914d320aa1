import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { spoorNode } from '../../src/adapters/node/node.js'
import { currentContext } from '../../src/context/storage.js'
import { createSpoor, defineLogs, type RecordStore, type StoredRecord } from '../../src/index.js'
import { until } from './burn.js'

/** One of the times that a test measures itself, `performance.now()`. */
export interface Stretch {
  readonly id: string
  readonly start: number
  readonly end: number
}

/** A request that the client sends. */
export interface Sent {
  readonly path: string
  readonly afterMs?: number
  readonly connection?: number
}

export interface HeldUpService {
  /** Sends requests at their times. @returns their records by path */
  ask(requests: readonly Sent[]): Promise<Map<string, StoredRecord>>
  /** Sends lists of requests, those of a list one after the other. @returns their records by path */
  askInOrder(lists: readonly (readonly Sent[])[]): Promise<Map<string, StoredRecord>>
  /** When code of a request had the thread: one entry for each piece of work. */
  readonly runs: Stretch[]
  /** When a request was ready, and when it ran; `start` is at the earliest the time at which it was ready. */
  readonly waits: Stretch[]
  /** Keeps the thread for `ms`, and notes it. */
  readonly burn: (ms: number) => void
  /** When the handler of each request was called. */
  readonly starts: ReadonlyMap<string, number>
}

const idNow = (): string => currentContext()?.requestId ?? 'nobody'

function keepThread(runs: Stretch[], ms: number): void {
  const start = performance.now()
  while (performance.now() < start + ms);
  runs.push({ id: idNow(), start, end: performance.now() })
}

/**
 * A service whose requests do what their path says: `/n/timer/50`, `/n/burn/300`. It measures itself when they were ready
 * and when they ran. The client has a process of its own.
 */
export async function heldUpService(): Promise<HeldUpService> {
  const runs: Stretch[] = []
  const waits: Stretch[] = []
  const starts = new Map<string, number>()
  const burn = (ms: number): void => keepThread(runs, ms)
  const kinds = kindsOf(waits, burn)
  const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
  const kept = new Map<string, StoredRecord>()
  const spoor = createSpoor({ service: 'test', logs, records: storeOf(kept), tracking: { mode: 'all' } })
  const handler = spoorNode(spoor, {
    account: ({ url }) => ({ account: url?.includes('burn') ? 'globex' : 'acme' }),
    handler: async ({ url = '' }, response) => {
      const [, , kind = '', ms = '0'] = url.split('/')
      starts.set(idNow(), performance.now())
      await kinds[kind]?.(Number(ms))
      response.end('done')
    },
  })
  const server = createServer(handler)
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await startClient()
  onTestFinished(async () => {
    client.kill()
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  const clock = Number(process.hrtime.bigint()) / 1e6 - performance.now()
  const send = async (what: object): Promise<Map<string, StoredRecord>> => {
    client.send({ port, ...what })
    const [sent] = (await once(client, 'message')) as [{ path: string; sentAt: number }[]]
    await until(() => sent.every(({ path }) => kept.has(path)))
    for (const { path, sentAt } of sent) {
      const record = kept.get(path) as StoredRecord
      waits.push({ id: record.requestId, start: sentAt - clock, end: starts.get(record.requestId) ?? 0 })
    }
    return kept
  }
  return { ask: (requests) => send({ requests }), askInOrder: (lists) => send({ lists }), runs, waits, burn, starts }
}

/** What the requests do, by the third part of their path. Each notes what it knows of its own waits. */
function kindsOf(waits: Stretch[], burn: (ms: number) => void): Readonly<Record<string, (ms: number) => unknown>> {
  /** Runs `start`, which calls back once; it is ready `after` ms later, or at an unknown time. */
  const waiting = (start: (done: () => void) => void, afterMs = 0): Promise<void> => {
    const [id, from] = [idNow(), performance.now() + afterMs]
    return new Promise((resolve) => {
      start(() => {
        waits.push({ id, start: from, end: performance.now() })
        resolve()
      })
    })
  }
  const immediate = (): Promise<void> => waiting(setImmediate)
  return {
    burn,
    timer: (ms) => waiting((done) => setTimeout(done, ms), ms),
    file: () => waiting((done) => readFile(import.meta.filename, done)),
    immediates: async (ms) => {
      for (let left = 50; left > 0; left--) {
        burn(ms)
        await immediate()
      }
    },
    microtasks: async (ms) => {
      for (let left = 200; left > 0; left--) {
        burn(ms)
        await undefined
      }
    },
    steps: async (ms) => {
      for (let left = 3; left > 0; left--) {
        burn(ms)
        await waiting((done) => setTimeout(done, 3), 3)
        await immediate()
      }
    },
  }
}

/** A store that keeps records by their path. */
function storeOf(kept: Map<string, StoredRecord>): RecordStore {
  return {
    put: (record) => void kept.set(record.path ?? '', record),
    update: () => {},
    get: () => undefined,
    list: () => ({ items: [] }),
    health: () => ({ records: kept.size, bytes: 0, removedEarly: 0, oldest: undefined }) as never,
    close: () => {},
  }
}

async function startClient(): Promise<ChildProcess> {
  const client = fork(fileURLToPath(new URL('./held-up-client.mjs', import.meta.url)), { execArgv: [] })
  await once(client, 'message')
  return client
}
