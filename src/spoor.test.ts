import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WorkContext } from './context/request-context.js'
import {
  type Attempt,
  createSpoor,
  defineLogs,
  type Logs,
  memoryRecords,
  OptionsError,
  type Spoor,
  type SpoorOptions,
} from './index.js'
import { internalsOf } from './lifecycle/adapter.js'
import { readAccess } from './records/read-access.js'

let directory: string
let logs: Logs<'work'>
let spoor: Spoor

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-'))
  logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { work: { file: 'work.log', format: 'json', console: false }, requests: { console: false } },
  })
  spoor = createSpoor({ service: 'test', logs })
})

afterEach(async () => {
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
})

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  await logs.flush()
  const lines = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line.slice(line.indexOf('{'))))
}

function problemsOf(fn: () => unknown): readonly string[] {
  try {
    fn()
  } catch (error) {
    if (error instanceof OptionsError) return error.problems
    throw error
  }
  return []
}

describe('createSpoor', () => {
  it('throws at the call, with the path, value and fix of every mistake', () => {
    const wrong = {
      service: 'a service',
      logs,
      requestId: { trust: ['10.0.0.0/8', 'proxy.internal'] },
      errors: { format: 'xml' },
      resolveWithinMs: 0,
      tracking: { mode: 'always', maxOpne: 3 },
      outgoing: [{ host: '' }],
    }
    expect(problemsOf(() => createSpoor(wrong as never))).toEqual([
      'service: expected a name of 1 to 100 letters, digits and _ . @ / -, got "a service"',
      'requestId.trust[1]: expected an address or a CIDR range, such as 10.0.0.7 or 10.0.0.0/8, got "proxy.internal"',
      'errors.format: expected one of problem, envelope, got "xml"',
      'resolveWithinMs: expected a whole number of milliseconds from 1 to 2147483647, got 0',
      'tracking.mode: expected one of header, privileged, all, off, got "always"',
      'tracking.maxOpne: no such option; did you mean maxOpen?',
      'outgoing[0].host: expected a host such as blog.example or blog.example:8080, got ""; leave out scheme, path and wildcards',
    ])
  })

  it('reports missing options', () => {
    expect(problemsOf(() => createSpoor({} as never))).toEqual([
      'service: expected a name of 1 to 100 letters, digits and _ . @ / -, got undefined',
      'logs: expected what defineLogs returns, got undefined; pass the logs of your logs.ts',
    ])
  })

  it('names an unknown logger and an unusable store by their paths', () => {
    const outgoing = [{ host: 'a.example' }, { host: 'b.example', logger: 'wrok' }]
    expect(problemsOf(() => createSpoor({ service: 'a', logs, outgoing, records: {} } as never))).toEqual([
      'records: expected a store with put, update, get, list, health, close, got {}; write memoryRecords(), or leave it out',
      'outgoing[1].logger: expected one of work, requests, got "wrok"; did you mean work?',
    ])
  })

  it('reports missing arguments of run, bind and measure', async () => {
    const spoor = createSpoor({ service: 'a', logs })
    const calls: [() => unknown, string][] = [
      [
        () => spoor.run({}, undefined as never),
        'run: fn: expected a function as second argument, got undefined; as in run({ account }, () => work())',
      ],
      [
        () => spoor.bind(undefined as never),
        'bind: fn: expected a function as its argument, got undefined; as in bind(() => work())',
      ],
      [() => spoor.measure('', () => {}), 'measure: name: expected a text as first argument, got an empty one'],
      [() => spoor.measure('a', 7 as never), 'measure: fn: expected a function as second argument, got number'],
      [() => spoor.run({ requestId: 7 as never }, () => {}), 'run: requestId: expected a string, got number'],
      [() => spoor.run({ name: {} as never }, () => {}), 'run: name: expected a string, got object'],
    ]
    for (const [call, message] of calls) {
      expect(call).toThrow(TypeError)
      expect(call).toThrow(message)
    }
    expect(() => spoor.run({ acount: 'acme' } as never, () => {})).toThrow(
      'run: "acount": expected only account, user, roles, requestId and name, got another member; did you mean account?',
    )
    expect(spoor.run({ account: 7 }, () => spoor.context()?.account)).toBe('7')
    await spoor.close()
  })

  it('accepts every option of the contract', async () => {
    const whole: SpoorOptions<'work'> = {
      service: 'publisher',
      version: '1.0.0',
      logs,
      requestId: { trust: false },
      tracking: {
        mode: 'header',
        allow: () => true,
        keepForMs: 3_600_000,
        maxBytes: 64 * 2 ** 20,
        maxOpen: 20,
        maxMs: 30_000,
        lateMs: 2_000,
        windows: false,
        memory: false,
        fs: false,
        watchdog: false,
      },
      errors: { format: 'problem', map: () => undefined, level: () => 'warn' },
      resolveWithinMs: 5_000,
      inspector: { authorize: () => 'account', hosts: [], origins: [], overlay: false },
      outgoing: [{ host: 'blog.example', logger: 'work', propagate: true }],
      ignore: () => false,
    }
    await createSpoor(whole).close()
  })

  it.each([
    ['tracking.windows', { tracking: { windows: { everyMs: 1_000, forMs: 50 } } }],
    ['tracking.windows', { tracking: { windows: true } }],
    ['inspector.overlay', { inspector: { authorize: () => false, overlay: true } }],
  ])('refuses %s, which is not built yet, unless it is false', (path, options) => {
    expect(() => createSpoor({ service: 'test', logs, ...(options as object) })).toThrow(
      new RegExp(`createSpoor: ${path}: expected false, got .*; it is not built yet`),
    )
  })
})

it.each([
  [true, 'tracking.watchdog: expected an object, got true; write watchdog: { afterMs: 1_000 }'],
  [{ afterMs: 0 }, 'tracking.watchdog.afterMs: expected a whole number of milliseconds, at least 20, got 0'],
  [
    { afterMs: '1s' },
    'tracking.watchdog.afterMs: expected a whole number of milliseconds, at least 20, got "1s"; write 1_000',
  ],
  [{ after: 1_000 }, 'tracking.watchdog.after: no such option; did you mean afterMs?'],
])('refuses the watchdog %j', (watchdog, message) => {
  expect(() => createSpoor({ service: 'test', logs, tracking: { watchdog: watchdog as never } })).toThrow(message)
})

describe('spoor', () => {
  it('has no context outside a request, job or scope, and throws if a method needs one', () => {
    expect(spoor.context()).toBeUndefined()
    expect(() => spoor.identify({ account: 'acme' })).toThrow('identify: called outside any request')
  })

  it('listens for uncaught errors until it is closed, once for two instances on the same logs', async () => {
    const listening = (): number => process.listenerCount('uncaughtExceptionMonitor')
    const second = createSpoor({ service: 'test', logs })
    expect(listening()).toBe(1)
    await second.close()
    expect(listening()).toBe(1)
    await spoor.close()
    expect(listening()).toBe(0)
  })

  it('measures and stores nothing after close', async () => {
    const all = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
    const measured = (): boolean => all.run({}, () => (all.context() as WorkContext).work.charge !== undefined)
    expect(measured()).toBe(true)
    await all.close()
    expect(measured()).toBe(false)
  })

  it('runs a scope whose lines have its id and account', async () => {
    const id = spoor.run({ account: 'acme', name: 'nightly' }, () => {
      logs.get('work').info('inside')
      return spoor.context()?.requestId
    })
    expect(await linesOf('work.log')).toMatchObject([{ requestId: id, account: 'acme', message: 'inside' }])
  })

  it('carries request and account to a job over two hops, and writes one line for each attempt', async () => {
    const first = spoor.run({ requestId: 'from-browser', account: 'acme' }, () => spoor.carry({ name: 'resize' }))
    const second = spoor.runChild(JSON.parse(JSON.stringify(first)), { attempt: 1, queuedMs: 12.000_400_000_1 }, () => {
      logs.get('work').info('resizing')
      return spoor.carry({ name: 'notify' })
    })
    await spoor.runChild(second, {}, async () => {
      await Promise.resolve()
      logs.get('work').info('notifying')
    })
    expect(await linesOf('work.log')).toMatchObject([
      { requestId: first.id, parentId: 'from-browser', account: 'acme', message: 'resizing' },
      { requestId: second.id, parentId: first.id, account: 'acme', message: 'notifying' },
    ])
    expect(await linesOf('requests.jsonl')).toMatchObject([
      {
        kind: 'job',
        requestId: first.id,
        parentId: 'from-browser',
        account: 'acme',
        name: 'resize',
        attempt: 1,
        queuedMs: 12,
      },
      { kind: 'job', requestId: second.id, parentId: first.id, account: 'acme', name: 'notify' },
    ])
  })

  it('counts queued jobs on the line of the request that queued them', async () => {
    spoor.runChild(spoor.carry({ name: 'fan out' }), {}, () => {
      for (const name of ['one', 'two', 'three']) spoor.carry({ name })
    })
    spoor.runChild(spoor.carry(), {}, () => {})
    const [busy, idle] = await linesOf('requests.jsonl')
    expect(busy).toMatchObject({ name: 'fan out', jobsQueued: 3 })
    expect(idle).not.toHaveProperty('jobsQueued')
  })

  it('adds to an attempt the details that become known while it runs', async () => {
    const attempt: Attempt = { name: 'resize' }
    spoor.runChild(spoor.carry(), attempt, () => Object.assign(attempt, { attempt: 2, stalled: 1 }))
    expect(await linesOf('requests.jsonl')).toMatchObject([{ attempt: 2, stalled: 1 }])
  })

  it('stores a record of each attempt, visible by its parent and within its account only', async () => {
    const records = memoryRecords()
    const measuring = createSpoor({ service: 'test', logs, tracking: { mode: 'all' }, records })
    for (const account of ['acme', 'globex']) {
      const carried = measuring.run({ requestId: 'one-parent', account }, () => measuring.carry({ name: 'resize' }))
      for (const attempt of [1, 2]) measuring.runChild(carried, { attempt }, () => {})
    }
    const found = await records.list(readAccess('account', 'acme'), { parentId: 'one-parent', kind: 'job' })
    expect(found.items).toMatchObject([
      { account: 'acme', attempt: 2, cpu: { ms: expect.any(Number) } },
      { account: 'acme', attempt: 1 },
    ])
    expect(found.items).toHaveLength(2)
    await measuring.close()
  })

  it('writes the error of a job on its line, and rethrows it for the queue', async () => {
    const broken = new Error('no space')
    const carried = spoor.carry({ name: 'resize' })
    const fail = (): never => {
      throw broken
    }
    expect(() => spoor.runChild(carried, { attempt: 2 }, fail)).toThrow(broken)
    await expect(spoor.runChild(carried, { attempt: 3 }, () => Promise.reject(broken))).rejects.toBe(broken)
    await expect(spoor.runChild(carried, { attempt: 4 }, () => Promise.reject())).rejects.toBeUndefined()
    const failWithNothing = (): never => {
      throw undefined
    }
    expect(() => spoor.runChild(carried, { attempt: 5 }, failWithNothing)).toThrow()
    expect(await linesOf('requests.jsonl')).toMatchObject([
      { level: 'error', attempt: 2, error: { message: 'no space' }, message: expect.stringMatching(/^resize failed/) },
      { level: 'error', attempt: 3, error: { message: 'no space' } },
      { level: 'error', attempt: 4, error: { message: 'the job rejected with nothing' } },
      { level: 'error', attempt: 5, error: { message: 'the job threw nothing' } },
    ])
  })

  it('writes whether and when a failed attempt is retried, known at the start or at the failure', async () => {
    const next = { maxAttempts: 3, willRetry: true, nextAttemptInMs: 1_500 }
    const late = { attempt: 3, willRetry: true } as Attempt
    const fail = (): never => {
      throw new Error('no space')
    }
    expect(() => spoor.runChild(spoor.carry(), { attempt: 1, ...next }, fail)).toThrow()
    spoor.runChild(spoor.carry(), { attempt: 2, ...next }, () => {})
    const failLate = async (): Promise<void> => {
      late.willRetry = false
      late.nextAttemptInMs = 10
      fail()
    }
    await expect(spoor.runChild(spoor.carry(), late, failLate)).rejects.toThrow()
    const lines = await linesOf('requests.jsonl')
    expect(lines).toMatchObject([
      { attempt: 1, ...next },
      { attempt: 2, maxAttempts: 3 },
      { attempt: 3, willRetry: false },
    ])
    for (const member of ['willRetry', 'nextAttemptInMs']) expect(lines[1]).not.toHaveProperty(member)
    expect(lines[2]).not.toHaveProperty('nextAttemptInMs')
  })

  it('leaves out invalid details of the next attempt', async () => {
    const odd = { maxAttempts: 0, willRetry: 'yes', nextAttemptInMs: -1 } as unknown as Attempt
    expect(() => spoor.runChild(spoor.carry(), odd, () => expect.fail('no luck'))).toThrow()
    const [line] = await linesOf('requests.jsonl')
    for (const member of ['maxAttempts', 'willRetry', 'nextAttemptInMs']) expect(line).not.toHaveProperty(member)
  })

  it('writes the line of an attempt whose details cannot be read', async () => {
    const attempt = {
      get queuedMs(): number {
        throw new Error('unreadable')
      },
    }
    expect(spoor.runChild(spoor.carry({ name: 'resize' }), attempt, () => 'done')).toBe('done')
    expect(await linesOf('requests.jsonl')).toMatchObject([{ name: 'resize' }])
  })

  it.each([NaN, Infinity, -1, 0, '2', 2n, null, {}])('leaves out the attempt number %s', async (attempt) => {
    spoor.runChild(spoor.carry(), { name: 'resize', attempt: attempt as number, queuedMs: -1, stalled: NaN }, () => {})
    const [line] = await linesOf('requests.jsonl')
    for (const member of ['attempt', 'queuedMs', 'stalled']) expect(line).not.toHaveProperty(member)
  })

  it('refuses invalid arguments of runChild, and does not call the function', async () => {
    const [carried, fn] = [spoor.carry(), vi.fn()]
    const runChild = spoor.runChild as (...args: unknown[]) => unknown
    expect(() => runChild(carried, fn)).toThrow(
      'attempt: expected { attempt?, queuedMs?, … }, at least {}, got function',
    )
    expect(() => runChild(carried, undefined, fn)).toThrow('attempt: expected')
    expect(() => runChild(carried, {})).toThrow('fn: expected a function as third argument, got undefined')
    expect(fn).not.toHaveBeenCalled()
    await logs.flush()
    expect(existsSync(join(directory, 'requests.jsonl'))).toBe(false)
  })

  it('ends an attempt when its result settles, for any result', async () => {
    let end = (_: unknown): void => {}
    const later = {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested
      then: (resolve: (value: unknown) => void) => {
        end = resolve
      },
    }
    const result = spoor.runChild(spoor.carry(), { name: 'thenable' }, () => later)
    await new Promise((resolve) => setImmediate(resolve))
    await logs.flush()
    expect(existsSync(join(directory, 'requests.jsonl'))).toBe(false)
    expect([...(internalsOf(spoor)?.lifecycle.live() ?? [])]).toMatchObject([{ kind: 'job', name: 'thenable' }])
    end(7)
    expect(await result).toBe(7)
    const unreadable = Object.defineProperty({}, 'then', { get: () => expect.fail('asked') })
    expect(() => spoor.runChild(spoor.carry(), { name: 'unreadable' }, () => unreadable)).toThrow('asked')
    expect(await linesOf('requests.jsonl')).toMatchObject([
      { name: 'thenable', level: 'info' },
      { name: 'unreadable', level: 'error' },
    ])
    expect([...(internalsOf(spoor)?.lifecycle.live() ?? [])]).toEqual([])
  })

  it('runs a job with a forged carrier without an account, and logs a warning', async () => {
    const forged = { ...spoor.carry(), account: 7 }
    spoor.runChild(forged as never, {}, () => logs.get('work').info('running'))
    const [line] = await linesOf('work.log')
    expect(line).not.toHaveProperty('account')
    expect(readFileSync(join(directory, 'root.log'), 'utf8')).toContain(
      '[WARN] runChild: what was carried is not what carry gave',
    )
  })

  it('says that carried JSON must be parsed', async () => {
    spoor.runChild(JSON.stringify(spoor.carry()) as never, {}, () => {})
    await logs.flush()
    expect(readFileSync(join(directory, 'root.log'), 'utf8')).toContain('carry gave: got a string; JSON.parse it;')
  })
})
