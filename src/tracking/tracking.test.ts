import { afterEach, describe, expect, it, vi } from 'vitest'
import { carriedFrom, childContext } from '../context/carrier.js'
import { createContext, type WorkContext } from '../context/request-context.js'
import { openUsage, type Usage } from '../usage/usage.js'
import { Tracking, type TrackingParts } from './tracking.js'

const admin = { account: 'acme', user: 'ann', roles: ['admin'] }
const editor = { account: 'acme', user: 'uma', roles: ['editor'] }
const opened: Tracking[] = []
const nothing = (): void => {}
const WAITING = { timeout: 20_000, interval: 2 }

afterEach(() => {
  for (const tracking of opened.splice(0)) tracking.close()
})

interface Gate {
  readonly tracking: Tracking
  readonly said: string[]
  /** The opened usages, in order. */
  readonly usages: Usage[]
}

function gate(own: Partial<TrackingParts> = {}): Gate {
  const said: string[] = []
  const usages: Usage[] = []
  const mode = own.mode ?? 'header'
  const tracking = new Tracking({
    mode,
    allow: ({ roles }) => roles.includes('admin'),
    maxOpen: 2,
    maxMs: 60_000,
    openUsage: () => {
      const usage = openUsage({ always: mode === 'all', lateMs: 1, memory: false, fs: false, warn: nothing })
      usages.push(usage)
      return usage
    },
    warnOnce: (_, message) => said.push(message),
    ...own,
  })
  opened.push(tracking)
  return { tracking, said, usages }
}

/** A request that has begun, signed in or anonymous, with its tracking header. */
function request({ tracking }: Gate, who: object = {}, wish: string | undefined = 'true'): WorkContext {
  const context = createContext('request', who)
  tracking.begin(context, wish)
  tracking.identified(context)
  return context
}

const isTold = ({ tracking }: Gate, context: WorkContext): boolean => tracking.headers(context) !== undefined

describe('the gate', () => {
  it('measures nothing before a user who may be measured is known', () => {
    const one = gate()
    for (const who of [editor, {}, { roles: ['admin'] }]) expect(isTold(one, request(one, who))).toBe(false)
    expect(isTold(one, request(one, admin, 'no'))).toBe(false)
    expect(one.usages).toEqual([])
    expect(isTold(one, request(one, admin))).toBe(true)
    expect(one.usages).toHaveLength(1)
  })

  it('does not call allow for anonymous requests', () => {
    const allow = vi.fn(() => true)
    const one = gate({ allow, mode: 'privileged' })
    expect(isTold(one, request(one, { roles: ['admin'] }))).toBe(false)
    expect(allow).not.toHaveBeenCalled()
    expect(isTold(one, request(one, { user: 'ann' }))).toBe(true)
    expect(allow).toHaveBeenCalledWith({ user: 'ann', roles: [] })
  })

  it('accepts only true as a yes', () => {
    for (const answer of [1, 'yes', {}, Promise.resolve(true), undefined]) {
      const one = gate({ allow: () => answer as never })
      expect(isTold(one, request(one, admin))).toBe(false)
      expect(one.said[0]).toContain('tracking.allow')
    }
  })

  it('stays closed if allow rejects, without an unhandled rejection', async () => {
    const rejected = vi.fn()
    process.on('unhandledRejection', rejected)
    const one = gate({ allow: (async () => Promise.reject(new Error('no idea'))) as never })
    expect(isTold(one, request(one, admin))).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', rejected)
    expect(rejected).not.toHaveBeenCalled()
    expect(one.said).toHaveLength(1)
  })

  it('does not let allow change the identity', () => {
    const one = gate({
      allow: ({ roles }) => {
        ;(roles as string[]).push('admin')
        return false
      },
    })
    expect(request(one, { account: 'acme', roles: ['editor'] }).roles).toEqual(['editor'])
  })

  it('withholds the headers if the request switches to a user whom allow refuses', () => {
    const one = gate()
    const context = request(one, admin)
    Object.assign(context, { account: 'globex', user: 'gus', roles: [] })
    one.tracking.identified(context)
    expect(isTold(one, context)).toBe(false)
    expect(one.tracking.end(context, nothing)).toBeDefined()
    expect(one.tracking.measured).toBe(0)
  })

  it('may start measuring later, and counts no request twice', () => {
    const one = gate()
    const context = request(one, editor)
    Object.assign(context, { roles: ['admin'] })
    one.tracking.identified(context)
    one.tracking.identified(context)
    expect(isTold(one, context)).toBe(true)
    expect(one.tracking.measured).toBe(1)
  })

  it('measures no request that has ended, no job of an unmeasured request, and no scope', () => {
    const one = gate({ mode: 'privileged' })
    const over = createContext('request', editor)
    one.tracking.begin(over)
    one.tracking.end(over, nothing)
    Object.assign(over, admin)
    one.tracking.identified(over)
    for (const kind of ['job', 'run'] as const) {
      const context = createContext(kind, admin)
      one.tracking.begin(context, 'true')
      one.tracking.identified(context)
      expect(isTold(one, context)).toBe(false)
    }
    expect(one.tracking.measured).toBe(0)
  })

  it('measures every request in mode all, without a bound, and shows the cost only to allowed users', () => {
    const one = gate({ mode: 'all', maxOpen: 1, maxMs: 1 })
    const all = [admin, editor, {}, admin].map((who) => request(one, who, undefined))
    expect(all.map((context) => isTold(one, context))).toEqual([true, false, false, true])
    expect(one.tracking.measured).toBe(0)
    for (const context of all) expect(one.tracking.end(context, nothing)).toMatchObject({ truncatedAt: undefined })
  })
})

describe('a job', () => {
  /** An attempt at a job that `parent` queued, after its way through a queue. */
  function jobOf({ tracking }: Gate, parent: WorkContext): WorkContext {
    const { context } = childContext(JSON.parse(JSON.stringify(carriedFrom(parent, 'resize'))))
    tracking.begin(context)
    return context
  }
  const figuresOf = ({ tracking }: Gate, context: WorkContext) => tracking.end(context, nothing)?.figures

  it('of a measured request is measured, and so are its own jobs, in another process too', () => {
    for (const mode of ['header', 'privileged'] as const) {
      const [service, workers] = [gate({ mode }), gate({ maxOpen: 4 })]
      const job = jobOf(workers, request(service, admin))
      const second = jobOf(workers, job)
      expect(workers.tracking.measured).toBe(2)
      expect(workers.tracking.headers(job)).toBeUndefined()
      for (const one of [job, second]) expect(figuresOf(workers, one)?.cpu.ms).toBeGreaterThanOrEqual(0)
      expect(workers.tracking.measured).toBe(0)
    }
  })

  it('of any other request is not measured: not requested, no longer allowed, or measured only because of mode all', () => {
    const one = gate()
    const lost = request(one, admin)
    Object.assign(lost, editor)
    one.tracking.identified(lost)
    const parents = [request(one, editor), request(one, admin, 'no'), lost, request(gate({ mode: 'all' }), admin)]
    const workers = gate()
    for (const parent of parents) expect(figuresOf(workers, jobOf(workers, parent))).toBeUndefined()
    expect(workers.usages).toEqual([])
  })

  it('takes one of the places for jobs, and none of the places for requests', () => {
    const one = gate({ maxOpen: 4 })
    const parent = request(one, admin)
    const [, , tooMany] = [jobOf(one, parent), jobOf(one, parent), jobOf(one, parent)]
    expect(figuresOf(one, tooMany as WorkContext)).toBeUndefined()
    expect(isTold(one, request(one, admin))).toBe(true)
    expect(one.tracking.measured).toBe(4)
  })

  it('is measured for maxMs at most, as requests are', async () => {
    const one = gate({ maxMs: 5 })
    const job = jobOf(one, request(one, admin))
    await vi.waitFor(() => expect(one.tracking.measured).toBe(0))
    expect(one.tracking.end(job, nothing)?.truncatedAt).toBeGreaterThan(0)
  })

  it('of an event stream is not measured, because the stream is not', () => {
    const one = gate()
    const stream = request(one, admin)
    one.tracking.headers(stream, 'text/event-stream')
    expect(figuresOf(one, jobOf(one, stream))).toBeUndefined()
  })

  it('that is queued after the end of a request is measured, unless the request switched to another user', () => {
    const one = gate()
    const [mine, others] = [request(one, admin), request(one, admin)]
    for (const context of [mine, others]) one.tracking.end(context, nothing)
    Object.assign(others, editor)
    one.tracking.identified(others)
    expect(figuresOf(one, jobOf(one, mine))).toBeDefined()
    expect(figuresOf(one, jobOf(one, others))).toBeUndefined()
  })

  it('has no bounds in mode all, whatever queued it', async () => {
    const [service, everybody] = [gate(), gate({ mode: 'all', maxMs: 1 })]
    const job = jobOf(everybody, request(service, admin))
    expect(everybody.tracking.measured).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(everybody.tracking.end(job, nothing)).toMatchObject({ truncatedAt: undefined })
  })

  it('of one account gets half of the places of jobs at most, and jobs of others get theirs', () => {
    const one = gate({ maxOpen: 4 })
    const [acme, globex] = [request(one, admin), request(one, { ...admin, account: 'globex' })]
    const told = [acme, acme, acme, globex, globex].map((parent) => figuresOf(one, jobOf(one, parent)) !== undefined)
    // Each has ended before the next begins.
    expect(told).toEqual([true, true, true, true, true])
    const jobs = [acme, acme, acme, globex, globex].map((parent) => jobOf(one, parent))
    expect(jobs.map((job) => figuresOf(one, job) !== undefined)).toEqual([true, true, false, true, true])
  })

  it('that belongs to no request after all is measured in mode all only', () => {
    const [one, everybody] = [gate(), gate({ mode: 'all' })]
    const job = jobOf(one, request(one, admin))
    one.tracking.detach(job)
    expect(one.tracking.measured).toBe(1)
    expect(one.tracking.cpuMs(job)).toBeUndefined()
    expect(figuresOf(one, job)).toBeUndefined()
    const measured = jobOf(everybody, request(everybody, admin))
    everybody.tracking.detach(measured)
    expect(figuresOf(everybody, measured)).toBeDefined()
  })
})

describe('the number of measured requests', () => {
  it('decreases after each way a request can end', async () => {
    const one = gate({ maxOpen: 1, maxMs: 5 })
    const ways: Record<string, (context: WorkContext) => unknown> = {
      end: (context) => one.tracking.end(context, nothing),
      leave: (context) => one.tracking.headers(context, 'Text/Event-Stream'),
      watch: (context) => one.tracking.exclude(context),
      'end twice': (context) => [one.tracking.end(context, nothing), one.tracking.end(context, nothing)],
      'leave, then end': (context) => [
        one.tracking.headers(context, 'Text/Event-Stream'),
        one.tracking.end(context, nothing),
      ],
      'its time, then end': async (context) => {
        await vi.waitFor(() => expect(one.tracking.measured).toBe(0), WAITING)
        one.tracking.end(context, nothing)
      },
      'its time, then leave': async (context) => {
        await vi.waitFor(() => expect(one.tracking.measured).toBe(0), WAITING)
        one.tracking.headers(context, 'Text/Event-Stream')
      },
    }
    for (const [way, end] of Object.entries(ways)) {
      const context = request(one, admin)
      expect(one.tracking.measured, way).toBe(1)
      expect(isTold(one, request(one, admin)), way).toBe(false)
      await end(context)
      expect(one.tracking.measured, way).toBe(0)
    }
  })

  it('excludes an event stream, and charges requests to Spoor itself to overhead', () => {
    for (const mode of ['header', 'all'] as const) {
      const one = gate({ mode })
      const [stream, own] = [request(one, admin), request(one, admin)]
      expect(one.tracking.cpuMs(stream), mode).toBeGreaterThanOrEqual(0)
      one.tracking.headers(stream, 'Text/Event-Stream')
      one.tracking.exclude(own)
      expect([one.tracking.cpuMs(stream), one.tracking.cpuMs(own)], mode).toEqual([undefined, undefined])
      expect([stream.work.charge?.settled, own.work.charge?.kind], mode).toEqual([true, 'watching'])
    }
  })

  it('has room for a user as soon as a place is free and they are identified again', () => {
    const one = gate({ maxOpen: 1 })
    const [first, second] = [request(one, admin), request(one, admin)]
    expect(isTold(one, second)).toBe(false)
    expect(one.tracking.end(second, nothing)).toBeUndefined()
    const third = request(one, admin)
    one.tracking.end(first, nothing)
    one.tracking.identified(third)
    expect(isTold(one, third)).toBe(true)
  })
})

describe('one account', () => {
  const globex = { account: 'globex', user: 'gus', roles: ['admin'] }

  it('gets half of the places at most, in the modes header and privileged, and other accounts get theirs', () => {
    for (const mode of ['header', 'privileged'] as const) {
      const one = gate({ mode, maxOpen: 20 })
      const acme = Array.from({ length: 20 }, () => isTold(one, request(one, admin)))
      expect(acme.filter(Boolean), mode).toHaveLength(10)
      expect(isTold(one, request(one, globex)), mode).toBe(true)
      expect(isTold(one, request(one, { user: 'olga', roles: ['admin'] })), mode).toBe(true)
      expect(one.tracking.measured, mode).toBe(12)
    }
  })

  it('gets one place if there is only one', () => {
    for (const maxOpen of [1, 2, 3]) {
      const one = gate({ maxOpen })
      const told = [request(one, admin), request(one, admin)].map((context) => isTold(one, context))
      expect(told, `${maxOpen}`).toEqual([true, false])
    }
  })

  it('gets its place back, even if the request was switched to another account', () => {
    const one = gate({ maxOpen: 2 })
    for (let round = 0; round < 5; round++) {
      const context = request(one, admin)
      expect(isTold(one, context)).toBe(true)
      Object.assign(context, globex)
      one.tracking.identified(context)
      one.tracking.end(context, nothing)
      expect(one.tracking.measured).toBe(0)
    }
  })

  it('gives users without an account half of the places together', () => {
    const one = gate({ maxOpen: 4 })
    const users = ['olga', 'otto', 'oona'].map((user) => isTold(one, request(one, { user, roles: ['admin'] })))
    expect(users).toEqual([true, true, false])
    expect(isTold(one, request(one, admin))).toBe(true)
  })
})

describe('the time a request is measured', () => {
  it('ends after maxMs: figures until then are kept and shown', async () => {
    const one = gate({ maxMs: 5 })
    const context = request(one, admin)
    await vi.waitFor(() => expect(one.tracking.measured).toBe(0), WAITING)
    expect(one.tracking.headers(context)).toMatchObject({ 'Server-Timing': expect.stringMatching(/^cpu;dur=/) })
    const tracked = one.tracking.end(context, nothing)
    expect(tracked?.truncatedAt).toBeGreaterThan(0)
    expect(tracked?.figures.cpu.fromMs).toBeGreaterThanOrEqual(0)
  })

  it('keeps no process alive', () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const one = gate()
    request(one, admin)
    const timers = set.mock.results.map(({ value }) => value as NodeJS.Timeout)
    set.mockRestore()
    expect(timers.length).toBeGreaterThan(0)
    expect(timers.map((timer) => timer.hasRef())).toEqual(timers.map(() => false))
  })
})

describe('a closed gate', () => {
  it('measures no request, and installs nothing', () => {
    for (const mode of ['header', 'privileged', 'all'] as const) {
      const one = gate({ mode })
      const before = one.usages.length
      one.tracking.close()
      const context = request(one, admin)
      expect(isTold(one, context), mode).toBe(false)
      expect(one.tracking.measured, mode).toBe(0)
      expect(one.usages, mode).toHaveLength(before)
      expect(one.tracking.end(context, nothing), mode).toBeUndefined()
    }
  })

  it('forgets the requests that it measured', () => {
    const one = gate()
    const context = request(one, admin)
    one.tracking.close()
    one.tracking.close()
    expect(one.tracking.measured).toBe(0)
    expect(isTold(one, context)).toBe(false)
  })
})

describe('the Server-Timing header', () => {
  it('is a list of tokens for any names of steps', () => {
    const one = gate()
    const context = request(one, admin)
    const names = ['a;dur=99, b', 'x\r\nSet-Cookie: a=b', 'ünïcödé "q"', '\u0000']
    context.work.steps = names.map((name) => ({ name, start: 0, end: 1.26 }))
    const { 'Server-Timing': said = '' } = one.tracking.headers(context) ?? {}
    for (const entry of said.split(', ')) expect(entry).toMatch(/^[\w!#$%&'*+.^`|~-]+;dur=\d+(\.\d)?$/)
    expect(said.split(', ')).toHaveLength(1 + names.length)
  })

  it('has 20 entries at most', () => {
    const one = gate()
    const context = request(one, admin)
    context.work.steps = Array.from({ length: 50 }, (_, at) => ({ name: `step${at}`, start: 0, end: 1 }))
    expect(one.tracking.headers(context)?.['Server-Timing']?.split(', ')).toHaveLength(20)
  })
})
