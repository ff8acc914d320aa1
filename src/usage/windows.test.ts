import { AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as later } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { runProgram } from '../../test/programs/program.js'
import { burn, onRealClock, testUsage, until, Worker } from '../../test/usage/burn.js'
import { spoorNode } from '../adapters/node/node.js'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { createSpoor, defineLogs, type Spoor } from '../index.js'
import { Totals } from '../records/totals/totals.js'
import type { TrackingOptions } from '../tracking/tracking-options.js'
import type { Usage } from './usage.js'
import type { JoinedWindows, WindowResult } from './windows.js'

const often = { everyMs: 100, forMs: 40 }

/** The CPU of each account in all windows together. */
function byAccount(windows: readonly WindowResult[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { context, cpuMs } of windows.flatMap(({ shares }) => shares)) {
    const account = context.account ?? '(none)'
    sums[account] = (sums[account] ?? 0) + cpuMs
  }
  return sums
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

/** True if code of the process runs slower because of a hook or a patch. */
function isHooked(): boolean {
  const { switching } = (globalThis as unknown as Record<symbol, { switching: unknown }>)[
    Symbol.for('spoor.context.1')
  ] as { switching: unknown }
  return switching !== undefined || AsyncResource.prototype.runInAsyncScope !== runInAsyncScope
}
const { runInAsyncScope } = AsyncResource.prototype

interface Service {
  readonly spoor: Spoor
  /** The longest piece of work so far, in ms. */
  longestMs(): number
  /** The windows so far. */
  readonly windows: WindowResult[]
  /** Sends a request. The path is `/account/ms`, the CPU that the request burns for the account. */
  ask(path: string, headers?: Record<string, string>): Promise<void>
  lines(): Record<string, unknown>[]
}

async function serve(tracking: TrackingOptions = {}, onWindow = (_window: unknown): void => {}): Promise<Service> {
  const windows: WindowResult[] = []
  let longestMs = 0
  const add = vi.spyOn(Totals.prototype, 'addWindow').mockImplementation((window) => {
    windows.push(window as WindowResult)
    onWindow(window)
  })
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs, tracking: { windows: often, ...tracking } })
  const server = createServer(
    spoorNode(spoor, {
      account: ({ url = '' }) => ({ account: url.split('/')[1], user: 'ann', roles: ['admin'] }),
      handler: async ({ url = '' }, response) => {
        const ms = Number(url.split('/')[2])
        const start = performance.now()
        if (ms > 50) burn(ms)
        else for (let part = 0; part < 4; part++) await later(1).then(() => burn(ms / 4))
        if (ms > 50) longestMs = Math.max(longestMs, performance.now() - start)
        response.end()
      },
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    add.mockRestore()
    server.closeAllConnections()
    server.close()
    await spoor.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    spoor,
    longestMs: () => longestMs,
    windows,
    ask: async (path, headers = {}) => {
      const [answer] = await once(request({ port, path, headers }).end(), 'response')
      answer.resume()
      await once(answer, 'end')
    },
    lines: () => linesOf(directory, 'requests.jsonl').map((line) => JSON.parse(line)),
  }
}

describe('without any tracked request', () => {
  it('the windows have the CPU of all accounts, in proportion', onRealClock, async () => {
    const { windows, ask } = await serve()
    while (windows.filter(({ shares }) => shares.length > 0).length < 25) {
      await Promise.all([ask('/acme/8'), ask('/globex/2'), ask('/globex/2')])
    }
    const { acme = 0, globex = 0 } = byAccount(windows)
    // Of 12 ms, acme has 8. Node and the adapter take some tenths of a ms for each request.
    expect(acme / (acme + globex)).toBeGreaterThan(0.5)
    expect(acme / (acme + globex)).toBeLessThan(0.8)
    for (const { threadCpuMs, unattributedMs, overheadMs, shares } of windows) {
      expect(sum(shares.map(({ cpuMs }) => cpuMs)) + unattributedMs + overheadMs).toBeCloseTo(threadCpuMs, 3)
    }
  })

  it('no request becomes measured: its line has no cost, and its context keeps no charge', async () => {
    const { windows, ask, lines } = await serve()
    while (windows.filter(({ shares }) => shares.length > 0).length < 3) await ask('/acme/8')
    const works = windows.flatMap(({ shares }) => shares.map(({ context }) => context.work))
    expect(works.map(({ charge }) => charge)).toEqual(works.map(() => undefined))
    // A window may be open now, and end soon.
    await until(() => works.every(({ sampled }) => sampled === undefined))
    await until(() => lines().length > 2)
    for (const line of lines())
      expect([line['cpu'], line['timeline'], line['late']]).toEqual([undefined, undefined, undefined])
  })

  it('an `off` instance has no windows', async () => {
    const { windows, ask } = await serve({ mode: 'off' })
    for (let time = 0; time < 30; time++) await ask('/acme/8')
    expect(windows).toEqual([])
  })

  it.each([{ mode: 'all' }, { windows: false }] as const)('%j has no windows', async (tracking) => {
    const { windows, ask } = await serve(tracking)
    for (let time = 0; time < 30; time++) await ask('/acme/8')
    expect(windows).toEqual([])
  })
})

it('the record of a tracked request is the same as without windows, and its CPU is in them', onRealClock, async () => {
  const { windows, ask, lines } = await serve()
  const tracked = { 'x-debug-resource-tracking': 'true' }
  const began = performance.now()
  let burnedMs = 0
  for (; windows.filter(({ shares }) => shares.length > 0).length < 5; burnedMs += 20) await ask('/acme/20', tracked)
  const burnedShare = burnedMs / (performance.now() - began)
  await until(() => lines().length > 0)
  for (const { cpu } of lines() as { cpu: { ms: number } }[]) {
    expect(cpu.ms).toBeGreaterThan(18)
    expect(cpu.ms).toBeLessThan(36)
  }
  const { acme = 0 } = byAccount(windows)
  const wholeMs = windows.filter(({ shares }) => shares.length > 0).length * often.forMs
  expect(acme).toBeGreaterThan(wholeMs * burnedShare * 0.3)
  // A window ends with a turn of the event loop. Each turn takes 5 ms.
  expect(acme).toBeLessThan(wholeMs * 2)
})

it(
  'work that blocks the event loop beyond the end of a window counts in full, and those that it held up',
  onRealClock,
  async () => {
    const { windows, ask, longestMs } = await serve({ windows: { everyMs: 200, forMs: 150 } })
    const isOver = (): boolean =>
      windows.some(({ held, shares }) => held.length > 0 && shares.some(({ cpuMs }) => cpuMs > 150))
    while (!isOver()) {
      const others = Array.from({ length: 10 }, (_, at) => later(at * 5).then(() => ask('/acme/1')))
      await Promise.all([...others, later(20).then(() => ask('/globex/180'))])
    }
    for (const { held, shares } of windows) {
      for (const { victim, by, ms } of held) {
        if (by?.account !== 'globex') continue
        expect(victim).not.toBe(by)
        expect(ms).toBeLessThan(longestMs() + 20)
      }
      for (const { context, cpuMs } of shares) {
        if (context.account === 'globex') expect(cpuMs < 150 && cpuMs > 50).toBe(false)
      }
    }
  },
)

describe('the windows of a thread', () => {
  const opened: Usage[] = []
  afterEach(() => {
    for (const usage of opened.splice(0)) usage.close()
  })
  const joined = (
    listener: (window: WindowResult) => void,
    settings = often,
  ): { usage: Usage; windows: JoinedWindows } => {
    const usage = testUsage({ always: false })
    opened.push(usage)
    return { usage, windows: usage.joinWindows(settings, listener) }
  }

  it('have hooks only while they are open', async () => {
    const states: boolean[] = []
    const { usage, windows } = joined(() => void states.push(isHooked()))
    windows.began(createContext('request'))
    await until(isHooked)
    await until(() => !isHooked())
    const before = usage.books()
    burn(3)
    expect(usage.books()).toEqual(before)
    await until(() => states.length >= 3)
    expect(states).toEqual(states.map(() => false))
  })

  it('charge work that began before the window, scopes and jobs', onRealClock, async () => {
    const results: WindowResult[] = []
    const { windows } = joined((window) => void results.push(window))
    const kinds = ['request', 'job', 'run'] as const
    const contexts = kinds.map((kind) => createContext(kind, { account: kind }))
    for (const context of contexts) windows.began(context)
    const stop = contexts.map((context) => runWith(context, () => setInterval(() => burn(1), 3)))
    await until(() => results.filter(({ shares }) => shares.length === 3).length >= 5)
    for (const timer of stop) clearInterval(timer)
    const { request: ofRequest = 0, job = 0, run = 0 } = byAccount(results)
    const all = ofRequest + job + run
    for (const one of [ofRequest, job, run]) expect(Math.abs(one / all - 1 / 3)).toBeLessThan(0.15)
  })

  it('charge a scope inside a request to the request', onRealClock, async () => {
    const results: WindowResult[] = []
    const { windows } = joined((window) => void results.push(window))
    const whole = createContext('request', { account: 'acme' })
    const scope = createContext('run', { account: 'acme', within: whole, work: whole.work })
    windows.began(whole)
    const timer = runWith(scope, () => setInterval(() => burn(1), 3))
    await until(() => byAccount(results)['acme'] !== undefined)
    clearInterval(timer)
    const contexts = new Set(results.flatMap(({ shares }) => shares.map(({ context }) => context)))
    expect([contexts.has(whole), contexts.has(scope)]).toEqual([true, false])
  })

  it('charge work for Spoor itself to the overhead', onRealClock, async () => {
    const results: WindowResult[] = []
    const { usage, windows } = joined((window) => void results.push(window))
    const worker = new Worker()
    windows.began(worker.context)
    const timer = worker.run(() => setInterval(() => worker.burn(2), 4))
    await until(() => results.some(({ shares }) => shares.some(({ context }) => context === worker.context)))
    results.length = 0
    await until(() => worker.context.work.sampled !== undefined)
    usage.watch(worker.context)
    await until(() => results.length >= 3)
    clearInterval(timer)
    const contexts = results.flatMap(({ shares }) => shares.map(({ context }) => context))
    expect(contexts).not.toContain(worker.context)
    expect(sum(results.map(({ overheadMs }) => overheadMs))).toBeGreaterThan(10)
  })

  it('stay without hooks while nothing happens, and measure work that begins in them', {
    ...onRealClock,
    timeout: 60_000,
  }, async () => {
    const results: WindowResult[] = []
    const { usage, windows } = joined((window) => void results.push(window), { everyMs: 100, forMs: 50 })
    await until(() => results.length >= 3)
    const before = usage.books()
    const count = results.length
    await until(() => results.length >= count + 3)
    expect(usage.books()).toEqual(before)
    let burned = 0
    for (let time = 0; time < 40; time++) {
      // All windows between two requests are without hooks.
      const pausedAt = results.length
      await until(() => results.length >= pausedAt + 2)
      await later(Math.random() * 100)
      const context = createContext('request')
      windows.began(context)
      runWith(context, () => {
        burned += burn(5)
      })
      windows.ended()
    }
    const cpuMs = sum(results.flatMap(({ shares }) => shares.map((share) => share.cpuMs)))
    // Half of the time is in windows.
    expect(cpuMs / burned).toBeGreaterThan(0.2)
    expect(cpuMs / burned).toBeLessThan(0.8)
  })

  it('end with the last instance, even while one is open', async () => {
    let count = 0
    const [one, other] = [joined(() => count++), joined(() => {})]
    one.windows.began(createContext('request'))
    await until(isHooked)
    other.usage.close()
    one.usage.close()
    expect(isHooked()).toBe(false)
    const before = count
    await later(300)
    expect([count, isHooked()]).toEqual([before, false])
  })

  it('are one for all instances, and each sees its own work', onRealClock, async () => {
    const [first, second] = [await serve(), await serve()]
    const results = new Map<WindowResult, true>()
    while (second.windows.filter(({ shares }) => shares.length > 0).length < 6) {
      await Promise.all([first.ask('/acme/6'), second.ask('/globex/6')])
    }
    // Both spies see the windows of both.
    for (const window of second.windows) results.set(window, true)
    for (const { shares } of results.keys()) {
      const gates = new Set(shares.map(({ context }) => context.work.gate))
      const accounts = new Set(shares.map(({ context }) => context.account))
      expect([gates.size, accounts.size].every((size) => size <= 1)).toBe(true)
    }
    expect(Object.keys(byAccount(second.windows)).sort()).toEqual(['acme', 'globex'])
  })
})

it('an error while a window is counted does not end the process, and the next windows are measured', async () => {
  const { windows, ask } = await serve({}, () => {
    throw new Error('no place')
  })
  while (windows.length < 3) await ask('/acme/4')
  await until(() => windows.length >= 6)
})

it('windows do not keep the process alive', async () => {
  const { code, stdout, stderr } = await runProgram(`
    import { createSpoor, defineLogs } from 'spoor'
    const logs = defineLogs({ files: false, loggers: {} })
    const spoor = createSpoor({ service: 'test', logs, tracking: { windows: { everyMs: 100, forMs: 50 } } })
    spoor.run({ name: 'work' }, () => setTimeout(() => console.log('ran'), 300))
  `)
  expect([code, stdout, stderr]).toEqual([0, 'ran\n', ''])
})
