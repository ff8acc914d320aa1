import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { burn, onRealClock, testUsage, turn, until } from '../../test/usage/burn.js'
import { spoorNode } from '../adapters/node/node.js'
import { createSpoor, defineLogs, type Spoor } from '../index.js'
import type { TrackingOptions } from '../tracking/tracking-options.js'
import { booksBetween } from './ledger.js'

type Line = Record<string, unknown> & { cpu: { ms: number; slices: number; fromMs: number } }

interface Service {
  readonly origin: string
  ask(path: string): Promise<IncomingMessage>
  /** The lines that have come so far, of one kind. */
  lines(kind: string): Line[]
  line(path: string): Line
}

async function serve(
  handler: (request: IncomingMessage, response: ServerResponse, spoor: Spoor) => unknown,
  tracking: TrackingOptions = {},
): Promise<Service> {
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all', ...tracking } })
  const server: Server = createServer(
    spoorNode(spoor, { handler: (request, response) => handler(request, response, spoor) }),
  )
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const all = (): Line[] => linesOf(directory, 'requests.jsonl').map((line) => JSON.parse(line))
  return {
    origin: `http://127.0.0.1:${port}`,
    ask: async (path) => {
      const [answer] = (await once(request({ port, path }).end(), 'response')) as [IncomingMessage]
      answer.resume()
      await once(answer, 'end')
      await until(() => all().some((line) => line['path'] === path))
      return answer
    },
    lines: (kind) => all().filter((line) => line['kind'] === kind),
    line: (path) => all().find((line) => line['path'] === path) as Line,
  }
}

it('each of many concurrent requests has its own CPU on its line, however long it was open', onRealClock, async () => {
  const burned = new Map<string, number>()
  const service = await serve(async ({ url = '' }, response) => {
    const ms = Number(url.split('/')[1])
    let sum = 0
    for (let step = 0; step < 4; step++) {
      await (step % 2 ? later(1) : turn())
      sum += burn(ms / 4)
    }
    burned.set(url, sum)
    response.end()
  })
  await service.ask('/0/warm-up')
  const paths = Array.from({ length: 20 }, (_, at) => `/${at % 4 === 0 ? 12 : 0}/${at}`)
  await Promise.all(paths.map((path) => service.ask(path)))
  for (const path of paths) {
    const { cpu, durationMs } = service.line(path) as Line & { durationMs: number }
    const own = burned.get(path) as number
    expect(cpu).toMatchObject({ clock: 'thread', fromMs: 0 })
    expect(cpu.ms).toBeGreaterThan(own - 0.5)
    // All burn at least 60 ms meanwhile.
    expect(cpu.ms).toBeLessThan(own + 10)
    if (path.startsWith('/0')) expect(durationMs).toBeGreaterThan(cpu.ms)
  }
})

it('the line has the figures of the process, the timeline and, by option, bytes of files and heap', async () => {
  const file = join(import.meta.dirname, 'requests.test.ts')
  const service = await serve(
    async (_, response) => {
      const text = await readFile(file)
      burn(3)
      response.end(String(text.length))
    },
    { fs: true, memory: true },
  )
  await service.ask('/')
  const line = service.line('/')
  expect(line['timeline']).toEqual(expect.arrayContaining([[expect.any(Number), expect.any(Number)]]))
  expect(line).toMatchObject({
    io: {
      client: { readBytes: expect.any(Number), writtenBytes: expect.any(Number) },
      fs: { readBytes: (await readFile(file)).length, writtenBytes: 0, operations: 1 },
    },
    memory: { allocatedBytes: expect.any(Number) },
    process: { cpuMs: expect.any(Number), inFlight: 1 },
  })
})

it('mode off measures nothing', async () => {
  const service = await serve((_, response) => response.end(), { mode: 'off' })
  await service.ask('/')
  for (const name of ['cpu', 'memory', 'process', 'timeline']) expect(service.line('/')).not.toHaveProperty(name)
})

it(
  'work after the response gets its own line after the settle time, with the id of the request',
  onRealClock,
  async () => {
    const service = await serve(
      (_, response) => {
        response.end()
        response.once('close', async () => {
          await turn()
          burn(6)
        })
      },
      { lateMs: 60 },
    )
    await service.ask('/late')
    expect(service.line('/late').cpu.ms).toBeLessThan(5)
    await until(() => service.lines('late').length > 0)
    const { requestId, id, of, late } = service.lines('late')[0] as Line & { late: { cpuMs: number; untilMs: number } }
    expect([requestId, id, of]).toEqual([service.line('/late')['requestId'], service.line('/late')['id'], 'request'])
    expect(late.cpuMs).toBeGreaterThan(5.9)
    expect(late.cpuMs).toBeLessThan(12)
    expect(late.untilMs).toBeGreaterThan(5)
  },
)

it('an aborted request and one that fails are measured to their end', onRealClock, async () => {
  let begun = false
  const service = await serve(async ({ url }, response) => {
    await turn()
    burn(4)
    begun = true
    if (url === '/fails') throw Object.assign(new Error('x'), { status: 503 })
    if (url === '/aborted') await later(10_000, undefined, { ref: false })
    response.end()
  })
  const controller = new AbortController()
  await service.ask('/fine')
  begun = false
  const aborted = fetch(`${service.origin}/aborted`, { signal: controller.signal }).catch(() => 'aborted')
  await until(() => begun)
  controller.abort()
  expect(await aborted).toBe('aborted')
  await until(() => service.line('/aborted') !== undefined)
  expect(service.line('/aborted')).toMatchObject({ aborted: true })
  expect(service.line('/aborted').cpu.ms).toBeGreaterThan(3.9)
  await service.ask('/fails')
  expect(service.line('/fails')).toMatchObject({ status: 503 })
  expect(service.line('/fails').cpu.ms).toBeGreaterThan(3.9)
})

it('a job has its own figures, and the request that runs it does not pay', onRealClock, async () => {
  const service = await serve(async (_, response, spoor) => {
    await spoor.runChild(spoor.carry({ name: 'resize' }), {}, async () => {
      await turn()
      burn(6)
    })
    await spoor.run({ name: 'step' }, async () => {
      await turn()
      burn(2)
    })
    response.end()
  })
  await service.ask('/')
  const [job] = service.lines('job') as [Line]
  expect(job.cpu.ms).toBeGreaterThan(5.9)
  expect(service.line('/').cpu.ms).toBeGreaterThan(1.9)
  expect(service.line('/').cpu.ms).toBeLessThan(6)
})

it(
  'the CPU accounting balances under a mixed load with errors, aborts, jobs and scopes, and requests are the sum of their lines',
  onRealClock,
  async () => {
    const begun = new Set<string>()
    const service = await serve(async ({ url = '' }, response, spoor) => {
      await turn()
      begun.add(url)
      burn(Number(url.split('/')[2] ?? 0))
      if (url.startsWith('/fails')) throw Object.assign(new Error('x'), { status: 503 })
      if (url.startsWith('/aborted')) await later(10_000, undefined, { ref: false })
      if (url.startsWith('/job')) await spoor.runChild(spoor.carry(), {}, () => turn().then(() => burn(1)))
      await spoor.run({}, () => Promise.resolve().then(() => burn(0.2)))
      response.end()
    })
    const observer = testUsage({ always: false })
    onTestFinished(() => observer.close())
    await service.ask('/fine/1')
    const before = observer.books()
    const abort = async (path: string): Promise<void> => {
      const controller = new AbortController()
      const aborted = fetch(service.origin + path, { signal: controller.signal }).catch(() => {})
      await until(() => begun.has(path))
      controller.abort()
      await aborted
      await until(() => service.line(path) !== undefined)
    }
    const load = Array.from({ length: 15 }, (_, at) => [
      service.ask(`/fine/${at % 5}/${at}`),
      service.ask(`/fails/2/${at}`),
      service.ask(`/job/1/${at}`),
      abort(`/aborted/1/${at}`),
    ])
    await Promise.all(load.flat())
    const books = booksBetween(before, observer.books())
    expect(Math.abs(books.unexplained as number)).toBeLessThan((books.threadCpuMs as number) * 0.04)
    const sum = service
      .lines('request')
      .filter(({ path }) => path !== '/fine/1')
      .reduce((sum, { cpu }) => sum + cpu.ms, 0)
    expect(service.lines('job')).toHaveLength(15)
    expect(books.requests).toBeGreaterThan(sum * 0.97)
    // What listens to the end of a response is late.
    expect(books.requests).toBeLessThan(sum * 1.1 + 20)
    expect(books.jobs).toBeGreaterThan(14)
    expect(sum).toBeGreaterThan(75)
  },
)
