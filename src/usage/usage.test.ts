import { AsyncResource } from 'node:async_hooks'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as later } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runProgram } from '../../test/programs/program.js'
import { burn, onRealClock, testUsage, turn, until, Worker } from '../../test/usage/burn.js'
import { loadUsageCopy } from '../../test/usage/usage-copy.js'
import { createContext } from '../context/request-context.js'
import { scopeContext } from '../context/scope.js'
import { chargeToOverhead, runDetached, runWith } from '../context/storage.js'
import { defineLogs } from '../index.js'
import type { LateFigures } from './figures.js'
import { booksBetween } from './ledger.js'
import { openUsage, type Usage, type UsageOptions } from './usage.js'

const opened: Usage[] = []
const open = (options: Partial<UsageOptions> = {}): Usage => {
  const usage = testUsage(options)
  opened.push(usage)
  return usage
}
afterEach(() => {
  for (const usage of opened.splice(0)) usage.close()
})

const begun = (usage: Usage): Worker => {
  const worker = new Worker()
  usage.begin(worker.context)
  return worker
}

describe('the figures of a request', () => {
  it('have the CPU, the number of slices, the clock and the start', onRealClock, () => {
    const usage = open()
    const worker = new Worker()
    usage.begin(worker.context, performance.now() - 20)
    worker.run(() => worker.burn(4))
    const cpu = usage.end(worker.context)?.cpu
    expect(cpu).toMatchObject({ slices: 1, clock: 'thread' })
    expect(cpu?.ms).toBeGreaterThan(3.9)
    expect(cpu?.fromMs).toBeGreaterThan(19.9)
    expect(cpu?.fromMs).toBeLessThan(30)
  })

  it('are returned once, and not for a request that never began', () => {
    const usage = open()
    const worker = begun(usage)
    expect(usage.end(worker.context)).toBeDefined()
    expect(usage.end(worker.context)).toBeUndefined()
    expect(usage.end(createContext('request'))).toBeUndefined()
  })

  it('are absent for a request to Spoor itself, whose whole CPU is overhead', onRealClock, async () => {
    const usage = open()
    const before = usage.books()
    const worker = begun(usage)
    worker.run(() => worker.burn(4))
    usage.watch(worker.context)
    await worker.run(async () => {
      await turn()
      worker.burn(4)
    })
    const books = booksBetween(before, usage.books())
    expect(books.watching).toBeGreaterThan(7.8)
    expect(books.requests).toBeLessThan(0.5)
    expect(usage.end(worker.context)).toBeUndefined()
    const other = begun(usage)
    expect(usage.end(other.context)?.process.inFlight).toBe(1)
  })

  it('include the CPU until then if the request ends within its own code', onRealClock, () => {
    const usage = open()
    const worker = begun(usage)
    let late: LateFigures | undefined
    worker.run(() => {
      worker.burn(6)
      const used = usage.end(worker.context, (figures) => {
        late = figures
      })
      expect(used?.cpu.ms).toBeGreaterThan(5.9)
      worker.burn(2)
    })
    usage.close()
    expect(late?.cpuMs).toBeGreaterThan(1.9)
    expect(late?.cpuMs).toBeLessThan(4)
  })

  it('include the CPU of scopes inside the request', onRealClock, () => {
    const usage = open()
    const worker = begun(usage)
    worker.run(() => runWith(scopeContext({ name: 'step' }), () => worker.burn(3)))
    expect(usage.end(worker.context)?.cpu.ms).toBeGreaterThan(2.9)
  })

  it('include the CPU of the whole process meanwhile, for comparison', onRealClock, async () => {
    const usage = open()
    const [worker, other] = [begun(usage), begun(usage)]
    other.run(() => other.burn(5))
    await later(12)
    const figures = usage.end(worker.context)?.process
    expect(figures?.cpuMs).toBeGreaterThan(4.9)
    expect(figures?.inFlight).toBe(2)
    expect(figures?.rssDeltaBytes).toBeTypeOf('number')
    if (process.platform === 'linux') expect(figures?.readBytes).toBeTypeOf('number')
  })
})

describe('work after the end of a request', () => {
  it('is late for the settle time, and then unattributed', onRealClock, async () => {
    const usage = open({ lateMs: 40 })
    const worker = begun(usage)
    let late: LateFigures | undefined
    usage.end(worker.context, (figures) => {
      late = figures
    })
    const end = performance.now()
    await worker.run(() => turn().then(() => worker.burn(5)))
    await until(() => late !== undefined)
    expect(late?.cpuMs).toBeGreaterThan(4.9)
    expect(late?.cpuMs).toBeLessThan(7)
    expect(late?.untilMs).toBeLessThan(performance.now() - end)
    const charged = worker.chargedMs
    const before = usage.books()
    await worker.run(() => turn().then(() => worker.burn(5)))
    expect(worker.chargedMs).toBe(charged)
    expect(booksBetween(before, usage.books()).unattributed).toBeGreaterThan(4.9)
  })

  it('is reported on close at the latest', async () => {
    const usage = open()
    const worker = begun(usage)
    const onLate = vi.fn()
    usage.end(worker.context, onLate)
    worker.run(() => worker.burn(2))
    usage.close()
    expect(onLate).toHaveBeenCalledOnce()
  })

  it('keeps no process alive, and is reported when the process ends in the middle of a slice', async () => {
    const { stdout, code } = await runProgram(`
      import { createContext } from 'spoor/context/request-context.js'
      import { runWith } from 'spoor/context/storage.js'
      import { openUsage } from 'spoor/usage/usage.js'
      const usage = openUsage({ always: true, lateMs: 60_000, memory: false, fs: false, warn: console.log })
      const context = createContext('request')
      usage.begin(context)
      usage.end(context, (late) => console.log(late.cpuMs > 2))
      setImmediate(() => runWith(context, () => {
        const before = process.cpuUsage()
        while (process.cpuUsage(before).user + process.cpuUsage(before).system < 20_000);
        ${'process.exit(7)'}
      }))
    `)
    expect([stdout, code]).toEqual(['true\n', 7])
    const idle = await runProgram(`
      import { openUsage } from 'spoor/usage/usage.js'
      openUsage({ always: true, lateMs: 60_000, memory: true, fs: true, warn: console.log })
    `)
    expect(idle).toMatchObject({ stdout: '', stderr: '', code: 0 })
    const closed = await runProgram(`
      import { openUsage } from 'spoor/usage/usage.js'
      const before = process.listenerCount('exit')
      openUsage({ always: true, lateMs: 0, memory: false, fs: false, warn: console.log }).close()
      console.log(process.listenerCount('exit') - before)
    `)
    expect(closed.stdout).toBe('0\n')
  })
})

describe('an uncaught exception', () => {
  it('in a timer leaves the thread without an owner, and the next request gets its own CPU', onRealClock, async () => {
    const { stdout } = await runProgram(`
      import { createContext } from 'spoor/context/request-context.js'
      import { runWith } from 'spoor/context/storage.js'
      import { openCpuClock } from 'spoor/usage/cpu-clock.js'
      import { openUsage } from 'spoor/usage/usage.js'
      const usage = openUsage({ always: true, lateMs: 60_000, memory: false, fs: false, warn: console.log })
      const [bad, good] = [createContext('request'), createContext('request')]
      usage.begin(bad)
      usage.begin(good)
      const clock = openCpuClock()
      const burn = (ms) => { for (const end = clock.cpuMs() + ms; clock.cpuMs() < end;); }
      process.on('uncaughtException', () => {})
      runWith(bad, () => setTimeout(() => { burn(5); throw new Error('timer') }))
      runWith(bad, () => setImmediate(() => { burn(5); throw new Error('immediate') }))
      runWith(bad, () => process.nextTick(() => { burn(5); throw new Error('tick') }))
      runWith(bad, () => Promise.resolve().then(() => { burn(5); throw new Error('reaction') }))
      setTimeout(() => runWith(good, () => setTimeout(() => {
        burn(10)
        setImmediate(() => {
          const [one, other] = [usage.end(bad).cpu.ms, usage.end(good).cpu.ms]
          console.log(one > 19 && one < 25, other > 9.5 && other < 12)
        })
      })), 50)
    `)
    expect(stdout).toBe('true true\n')
  })
})

describe('the CPU accounting', () => {
  it('sums requests, jobs, scopes, unattributed work and overhead to the CPU of the thread', onRealClock, async () => {
    const usage = open()
    const before = usage.books()
    const [request, job, scope] = [createContext('request'), createContext('job'), createContext('run')]
    for (const context of [request, job, scope]) usage.begin(context)
    await runWith(request, () => turn().then(() => burn(12)))
    await runWith(job, () => turn().then(() => burn(10)))
    await runWith(scope, () => turn().then(() => burn(8)))
    chargeToOverhead(() => burn(6))
    runWith(request, () => runDetached(() => burn(2)))
    await turn()
    burn(14)
    const books = booksBetween(before, usage.books())
    const expected = { requests: 12, jobs: 10, runs: 8, watching: 8, unattributed: 14 }
    for (const [kind, ms] of Object.entries(expected)) {
      expect(books[kind as keyof typeof expected]).toBeGreaterThan(ms * 0.95)
      expect(books[kind as keyof typeof expected]).toBeLessThan(ms * 1.1 + 4)
    }
    expect(books.threadCpuMs).toBeGreaterThan(51)
    expect(Math.abs(books.unexplained as number)).toBeLessThan((books.threadCpuMs as number) * 0.03)
  })

  it('charges Spoor’s own work to no request, in any context', onRealClock, () => {
    const usage = open()
    const worker = begun(usage)
    worker.run(() => chargeToOverhead(() => worker.run(() => chargeToOverhead(() => burn(3)))))
    expect(worker.chargedMs).toBeLessThan(1)
  })

  it('charges callbacks that were bound to requests to Spoor while Spoor runs them', onRealClock, () => {
    const usage = open()
    const [worker, other] = [begun(usage), begun(usage)]
    const before = usage.books()
    const bound = worker.run(() => AsyncResource.bind(() => burn(4)))
    other.run(() => chargeToOverhead(() => other.run(bound)))
    expect(worker.chargedMs).toBeLessThan(1)
    expect(other.chargedMs).toBeLessThan(1)
    expect(booksBetween(before, usage.books()).watching).toBeGreaterThan(3.9)
  })

  it(
    'leaves a scope inside an unmeasured request unattributed, and counts one outside any request as a run',
    onRealClock,
    () => {
      const usage = open()
      const before = usage.books()
      const [request, alone] = [new Worker(), scopeContext({})]
      const inside = request.run(() => scopeContext({}))
      for (const context of [inside, alone]) usage.begin(context)
      request.run(() => runWith(inside, () => burn(3)))
      runWith(alone, () => burn(2))
      const books = booksBetween(before, usage.books())
      expect(books.unattributed).toBeGreaterThan(2.9)
      expect(books.runs).toBeGreaterThan(1.9)
      expect(books.runs).toBeLessThan(3)
    },
  )

  it('counts requests that were open at close as unattributed afterwards', onRealClock, () => {
    const usage = open()
    const [request, scope] = [begun(usage), scopeContext({})]
    usage.begin(scope)
    usage.close()
    const next = open()
    const before = next.books()
    request.run(() => burn(3))
    runWith(scope, () => burn(3))
    const books = booksBetween(before, next.books())
    expect(books.unattributed).toBeGreaterThan(5.9)
    expect(Math.abs(books.unexplained as number)).toBeLessThan(1)
  })

  it('does not charge the first request of a batch for writing all lines', onRealClock, async () => {
    const usage = open()
    const before = usage.books()
    const write = (): void => void burn(5)
    const handler = { write, flush: async () => {}, close: async () => {} }
    const logs = defineLogs({
      files: false,
      root: { console: false },
      loggers: { a: { console: false, handlers: [handler] }, requests: { console: false } },
    })
    const worker = begun(usage)
    worker.run(() => logs.get('a').info('a line of many'))
    await turn()
    await turn()
    expect(worker.chargedMs).toBeLessThan(4)
    expect(booksBetween(before, usage.books()).watching).toBeGreaterThan(4.9)
    await logs.close()
  })

  it('of a worker thread covers that thread', onRealClock, async () => {
    const program = `
      import { isMainThread, Worker } from 'node:worker_threads'
      import { createContext } from 'spoor/context/request-context.js'
      import { runWith } from 'spoor/context/storage.js'
      import { openCpuClock } from 'spoor/usage/cpu-clock.js'
      import { openUsage } from 'spoor/usage/usage.js'
      const usage = openUsage({ always: true, lateMs: 0, memory: true, fs: true, warn: console.log })
      const before = usage.books()
      const context = createContext('request')
      usage.begin(context)
      const clock = openCpuClock()
      const burn = (ms) => { for (const end = clock.cpuMs() + ms; clock.cpuMs() < end;); }
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url))
        worker.on('exit', (code) => {
          const { cpu } = usage.end(context)
          usage.close()
          console.log(code, cpu.ms < 5)
        })
      } else {
        await runWith(context, () => new Promise((done) => setTimeout(done)).then(() => burn(60)))
        const { cpu } = usage.end(context)
        const books = usage.books()
        console.log(cpu.clock, cpu.ms > 59 && cpu.ms <= 64, books.threadCpuMs > 60 && books.threadCpuMs < 200,
          Math.abs(books.unexplained) < books.threadCpuMs * 0.05)
        usage.close()
      }
    `
    const { stdout, stderr } = await runProgram(program)
    expect([stdout, stderr]).toEqual(['thread true true true\n0 true\n', ''])
  })
})

it('on systems other than Linux, the bytes of the process are absent', async () => {
  const { stdout } = await runProgram(`
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { openSync } = fs
    fs.openSync = (path, ...rest) => openSync(path === '/proc/self/io' ? '/proc/self/stat' : path, ...rest)
    syncBuiltinESMExports()
    const { createContext } = await import('spoor/context/request-context.js')
    const { openUsage } = await import('spoor/usage/usage.js')
    const usage = openUsage({ always: true, lateMs: 0, memory: false, fs: false, warn: () => {} })
    const context = createContext('request')
    usage.begin(context)
    setTimeout(() => {
      const { rssDeltaBytes, readBytes, writtenBytes } = usage.end(context).process
      console.log(typeof rssDeltaBytes, readBytes, writtenBytes)
      usage.close()
    }, 20)
  `)
  expect(stdout).toBe('number undefined undefined\n')
})

describe('without a fine clock of the thread', () => {
  const program = (clock: string): string => `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { openSync } = fs
    fs.openSync = (path, ...rest) => {
      if (String(path).includes('schedstat')) throw new Error('no such file')
      return openSync(path, ...rest)
    }
    syncBuiltinESMExports()
    ${clock}
    const { createContext } = await import('spoor/context/request-context.js')
    const { runWith } = await import('spoor/context/storage.js')
    const { openUsage } = await import('spoor/usage/usage.js')
    const options = { always: true, lateMs: 0, memory: false, fs: false, warn: () => console.log('warned') }
    const [usage, other] = [openUsage(options), openUsage(options)]
    const context = createContext('request')
    usage.begin(context)
    runWith(context, () => { for (const end = performance.now() + 20; performance.now() < end;); })
    const { cpu } = usage.end(context)
    const { threadCpuMs, unexplained } = usage.books()
    console.log(cpu.clock, cpu.ms >= 19.9, threadCpuMs, unexplained)
    other.close()
    usage.close()
  `
  it.each([
    ['the clock is missing', 'process.threadCpuUsage = undefined'],
    [
      'it moves in steps',
      'process.threadCpuUsage = () => ({ user: Math.floor(performance.now() / 4) * 4_000, system: 0 })',
    ],
  ])('wall time is used, with one warning: %s', async (_, clock) => {
    const { stdout } = await runProgram(program(clock))
    expect(stdout).toBe('warned\nwall true undefined undefined\n')
  })
})

describe('several instances in one process', () => {
  it('charge once, copies of the package included', onRealClock, async () => {
    const copy = await loadUsageCopy()
    onTestFinished(copy.remove)
    const first = open()
    const second = copy.openUsage({ always: true, lateMs: 10, memory: false, fs: false, warn: () => {} })
    onTestFinished(second.close)
    const third = open({ always: false })
    const [one, other] = [begun(first), new Worker()]
    second.begin(other.context)
    third.begin(one.context)
    const before = first.books()
    await one.run(() => turn().then(() => one.burn(4)))
    await other.run(() => turn().then(() => other.burn(3)))
    expect(second.end(one.context)).toBeUndefined()
    expect(booksBetween(before, first.books()).requests).toBeLessThan(10)
    expect(booksBetween(before, second.books() as never).requests).toBeLessThan(10)
    first.close()
    third.close()
    other.run(() => other.burn(3))
    const ms = second.end(other.context)?.cpu.ms
    expect(ms).toBeGreaterThan(5.9)
    expect(ms).toBeLessThan(9)
  })

  it('are independent with equal options: when one closes, the other continues to measure', onRealClock, () => {
    const options = { always: true, lateMs: 0, memory: false, fs: false, warn: () => {} }
    const [first, second] = [open(options), openUsage(options)]
    opened.push(second)
    const left = begun(first)
    expect(first.end(begun(first).context)?.process.inFlight).toBe(2)
    first.close()
    const worker = begun(second)
    worker.run(() => worker.burn(6))
    const used = second.end(worker.context)
    expect(used?.cpu.ms).toBeGreaterThan(4.9)
    // What is open in an instance that was closed is not counted any more.
    expect([used?.process.inFlight, left.context.work.charge?.settled]).toEqual([1, true])
    second.close()
  })

  it('remove all hooks when the last one closes', () => {
    const { runInAsyncScope } = AsyncResource.prototype
    const [first, second] = [open(), open({ always: false })]
    first.close()
    expect(AsyncResource.prototype.runInAsyncScope).toBe(runInAsyncScope)
    const worker = begun(second)
    second.close()
    second.close()
    expect(AsyncResource.prototype.runInAsyncScope).toBe(runInAsyncScope)
    worker.run(() => burn(3))
    expect(worker.chargedMs).toBe(0)
    const afterwards = begun(second)
    expect([afterwards.context.work.charge, second.end(afterwards.context)]).toEqual([undefined, undefined])
  })

  it('install no hook while nothing is measured, once late work has settled', async () => {
    const { runInAsyncScope } = AsyncResource.prototype
    const disconnect = vi.spyOn(PerformanceObserver.prototype, 'disconnect')
    const usage = open({ always: false, lateMs: 5 })
    const before = usage.books()
    burn(3)
    expect(booksBetween(before, usage.books()).threadCpuMs).toBe(0)
    const worker = begun(usage)
    usage.end(worker.context)
    await until(
      () => AsyncResource.prototype.runInAsyncScope === runInAsyncScope && worker.context.work.charge!.settled,
    )
    const after = usage.books()
    burn(3)
    expect(usage.books()).toEqual(after)
    expect((globalThis as unknown as Record<symbol, object>)[Symbol.for('spoor.context.1')]).toMatchObject({
      switching: undefined,
    })
    expect(disconnect).toHaveBeenCalledOnce()
  })

  it('measure the extra figures of one instance for that instance only', () => {
    const [plain, wanting] = [open(), open({ memory: true })]
    const worker = begun(plain)
    wanting.close()
    worker.run(() => Array.from({ length: 1_000 }, (_, at) => ({ at })))
    plain.end(worker.context)
    expect(worker.context.work.charge?.allocatedBytes).toBe(0)
  })
})
