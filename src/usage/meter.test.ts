import { AsyncLocalStorage, AsyncResource, createHook } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { setTimeout as later } from 'node:timers/promises'
import { createContext as createVmContext, runInContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { burn, onRealClock, testUsage, turn, until, Worker } from '../../test/usage/burn.js'
import { type Books, booksBetween } from './ledger.js'
import type { Usage } from './usage.js'

let usage: Usage
let before: Books

beforeEach(() => {
  usage = testUsage()
  before = usage.books()
})
afterEach(() => usage.close())

/** Requests that are measured. */
function workers<const N extends number>(count: N): N extends 2 ? [Worker, Worker] : [Worker, Worker, Worker] {
  const made = Array.from({ length: count }, () => new Worker())
  for (const { context } of made) usage.begin(context)
  return made as never
}

/** Each is charged with what it burned, and the rest is unattributed. */
function expectOwn(...all: Worker[]): void {
  for (const worker of all) {
    expect(worker.chargedMs).toBeGreaterThan(worker.burnedMs * 0.9 - 0.5)
    expect(worker.chargedMs).toBeLessThan(worker.burnedMs * 1.1 + 1.5)
  }
}

const since = (): Books => booksBetween(before, usage.books())

describe('of two requests', onRealClock, () => {
  it('that alternate at every await, each has its own CPU', async () => {
    const [one, other] = workers(2)
    const steps = async (worker: Worker, ms: number): Promise<void> => {
      for (let step = 0; step < 10; step++) {
        await undefined
        worker.burn(ms)
      }
    }
    await Promise.all([one.run(() => steps(one, 1)), other.run(() => steps(other, 0.3))])
    expectOwn(one, other)
  })

  it('that alternate at every turn of the event loop, each has its own CPU', async () => {
    const [one, other] = workers(2)
    const steps = async (worker: Worker, ms: number): Promise<void> => {
      for (let step = 0; step < 10; step++) {
        await turn()
        worker.burn(ms)
      }
    }
    await Promise.all([one.run(() => steps(one, 0.3)), other.run(() => steps(other, 1))])
    expectOwn(one, other)
  })

  it('that wait for the same promise, each is charged for its own continuation', async () => {
    const [one, other, third] = workers(3)
    let settle = (): void => {}
    const shared = new Promise<void>((resolve) => {
      settle = resolve
    })
    const both = [one.run(() => shared.then(() => one.burn(4))), other.run(() => shared.then(() => other.burn(2)))]
    third.run(() => {
      third.burn(1)
      settle()
      third.burn(2)
    })
    await Promise.all(both)
    expectOwn(one, other, third)
  })

  it('the caller pays for a callback of the other, unless the callback is bound', async () => {
    const [one, other] = workers(2)
    const emitter = new EventEmitter()
    one.run(() => emitter.on('thing', () => other.burn(3)))
    other.run(() => emitter.emit('thing'))
    expectOwn(one, other)
  })

  it('each has its own CPU when one opens the context of the other, at any depth', () => {
    const [one, other] = workers(2)
    one.run(() => {
      one.burn(1)
      other.run(() => {
        other.burn(2)
        one.run(() => one.burn(1))
        other.burn(1)
      })
      one.burn(2)
    })
    expectOwn(one, other)
  })

  it('the outer one continues when the inner one throws', () => {
    const [one, other] = workers(2)
    one.run(() => {
      try {
        other.run(() => {
          other.burn(3)
          throw new Error('inner')
        })
      } catch {
        one.burn(1)
      }
      one.burn(1)
    })
    burn(2)
    expectOwn(one, other)
    expect(since().unattributed).toBeGreaterThan(1.9)
  })

  it('one continues when the other throws within a bound callback', async () => {
    const [one, other] = workers(2)
    const resource = one.run(() => new AsyncResource('pool'))
    let thrown: unknown
    await other.run(async () => {
      await turn()
      // Not by `expect`, whose own work would be charged here.
      try {
        resource.runInAsyncScope(() => {
          one.burn(2)
          throw new Error('inner')
        })
      } catch (error) {
        thrown = error
      }
      other.burn(4)
    })
    expect(thrown).toEqual(new Error('inner'))
    expectOwn(one, other)
  })

  it('work after the end of one is late, and later unattributed; the other keeps its own', async () => {
    const [one, other] = workers(2)
    await Promise.all([
      one.run(async () => {
        await later(1)
        one.burn(2)
        expect(usage.end(one.context)?.cpu.ms).toBeGreaterThan(1.9)
        one.burn(3)
      }),
      other.run(async () => {
        await later(1)
        other.burn(1)
      }),
    ])
    expectOwn(one, other)
  })
})

describe('time without CPU of the request', onRealClock, () => {
  it('waiting in a blocking call is not charged', () => {
    const [one] = workers(2)
    one.run(() => {
      one.burn(2)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40)
      one.burn(2)
    })
    expectOwn(one)
  })

  it('waiting for a timer is charged to no owner', async () => {
    const [one] = workers(2)
    await one.run(() => later(60))
    expect(one.chargedMs).toBeLessThan(5)
    expect(since().unattributed).toBeLessThan(30)
  })

  it('work outside any request is unattributed', async () => {
    const [one] = workers(2)
    await turn()
    burn(4)
    await one.run(() => Promise.resolve().then(() => one.burn(2)))
    burn(4)
    expectOwn(one)
    expect(since().unattributed).toBeGreaterThan(7.5)
  })
})

describe('beside other libraries that hook into async code', () => {
  it('a foreign hook, on promises too, changes nothing', onRealClock, async () => {
    const hook = createHook({ init: () => {}, before: () => {}, after: () => {}, promiseResolve: () => {} }).enable()
    const [one, other] = workers(2)
    await Promise.all([
      one.run(() => later(1).then(() => one.burn(3))),
      other.run(() => later(1).then(() => other.burn(1))),
    ])
    hook.disable()
    await one.run(() => later(1).then(() => one.burn(3)))
    expectOwn(one, other)
  })

  it('a foreign AsyncLocalStorage, entered and left, changes nothing', onRealClock, async () => {
    const foreign = new AsyncLocalStorage<string>()
    const [one, other] = workers(2)
    await one.run(async () => {
      foreign.enterWith('span')
      await turn()
      one.burn(2)
      await foreign.run('inner', async () => {
        await turn()
        one.burn(2)
      })
      foreign.disable()
      await turn()
      one.burn(2)
    })
    other.run(() => other.burn(1))
    expectOwn(one, other)
  })

  it('microtasks that a vm drains within a request’s code are that request’s', onRealClock, async () => {
    const [one] = workers(2)
    const sandbox = createVmContext({ burn: one.burn }, { microtaskMode: 'afterEvaluate' })
    await one.run(async () => {
      await undefined
      one.burn(1)
      runInContext('Promise.resolve().then(() => burn(2)).then(() => burn(2))', sandbox)
      one.burn(1)
      await turn()
      runInContext('Promise.resolve().then(() => burn(2))', sandbox)
      one.burn(2)
    })
    expectOwn(one)
  })

  it("a patch on top of Spoor's stays there, and nothing breaks", () => {
    const { prototype } = AsyncResource
    const ours = prototype.runInAsyncScope
    let calls = 0
    const theirs = function (this: AsyncResource, ...args: Parameters<typeof ours>): unknown {
      calls++
      return Reflect.apply(ours, this, args)
    }
    prototype.runInAsyncScope = theirs as typeof ours
    usage.close()
    expect(prototype.runInAsyncScope).toBe(theirs)
    expect(new AsyncResource('test').runInAsyncScope((x: number) => x + 1, undefined, 1)).toBe(2)
    expect(calls).toBe(1)
    prototype.runInAsyncScope = ours
  })
})

describe('when it runs only while work is measured', onRealClock, () => {
  // Switched on in the middle of a callback of each kind.
  it.each([
    ['code', (fn: () => void) => fn()],
    ['a timer', (fn: () => void) => later(1).then(fn)],
    ['a promise reaction', (fn: () => void) => Promise.resolve().then(fn)],
    ['nextTick', (fn: () => void) => new Promise<void>((done) => process.nextTick(() => done(fn())))],
    ['a microtask', (fn: () => void) => new Promise<void>((done) => queueMicrotask(() => done(fn())))],
    ['a bound callback', (fn: () => void) => turn().then(AsyncResource.bind(fn))],
  ] as const)('it may start in the middle of %s', async (_, inside) => {
    usage.close()
    usage = testUsage({ always: false, lateMs: 5 })
    const worker = new Worker()
    let done = false
    await worker.run(() =>
      inside(() => {
        burn(3)
        usage.begin(worker.context)
        worker.burn(4)
        void Promise.resolve()
          .then(() => worker.burn(2))
          .then(turn)
          .then(() => worker.burn(2))
          .then(() => {
            done = true
          })
      }),
    )
    await until(() => done)
    burn(3)
    expectOwn(worker)
    expect(usage.end(worker.context)?.cpu.ms).toBeCloseTo(worker.chargedMs, 2)
  })

  it('it may stop and start again, many times, anywhere', async () => {
    usage.close()
    usage = testUsage({ always: false, lateMs: 0 })
    const worker = new Worker()
    const measured = async (): Promise<void> => {
      const inner = new Worker()
      await inner.run(async () => {
        await turn()
        usage.begin(inner.context)
        inner.burn(1)
        await undefined
        inner.burn(1)
        usage.end(inner.context)
      })
      expectOwn(inner)
      await later(2)
    }
    for (let time = 0; time < 5; time++) await Promise.all([measured(), measured()])
    expect(worker.chargedMs).toBe(0)
  })
})
