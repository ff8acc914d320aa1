import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MemoryTotals } from '../../test/reading/shared-totals.js'
import { defineLogs } from '../logging/define-logs.js'
import type { Format } from '../logging/logger-options.js'
import { type ParsedLine, parseLine } from '../logging/parser.js'
import { RequestLines } from '../reading/files/request-lines.js'
import { minuteOf, readTotalsLines } from '../reading/totals-lines.js'
import { Observers } from '../records/observers.js'
import { readAccess } from '../records/read-access.js'
import { Totals } from '../records/totals/totals.js'
import { TotalsLog } from '../records/totals/totals-log.js'
import type { TotalsEntry } from '../records/totals/totals-types.js'
import { openTotals } from './totals.js'

const minute = 60_000
const hour = 60 * minute

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-totals-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** The instance of a process that has ended. */
function deadInstance(): string {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  return `${hostname()}:${pid}`
}

function entry(own: Partial<TotalsEntry> = {}): TotalsEntry {
  const all = { account: 'acme', method: 'GET', route: '/posts/:id', durationMs: 10, bytes: 100 }
  return { kind: 'request', failed: false, ...all, ...own }
}

/** Totals on clocks that a test moves, and their lines. */
function written(own: { instance?: string; format?: Format; service?: string; redact?: string[] } = {}) {
  const logs = defineLogs({
    directory,
    files: true,
    console: false,
    loggers: { requests: { format: own.format ?? 'json' } },
  })
  const clock = { now: 0, wall: Date.now() - 10 * minute }
  const totals = new Totals({ clocks: { now: () => clock.now, wall: () => clock.wall } })
  const { service = 'publisher', instance = deadInstance() } = own
  const log = new TotalsLog(totals, logs.get('requests'), { service, version: '1.0.0', pid: process.pid, instance })
  const file = logs.files()['requests'] as string
  const pass = (ms: number): void => {
    clock.now += ms
    clock.wall += ms
  }
  const lines = async (): Promise<ParsedLine[]> => {
    await logs.flush()
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => parseLine(line) ?? [])
  }
  return { logs, clock, totals, log, file, pass, lines }
}

async function restored(file: string, service = 'publisher'): Promise<Totals> {
  const totals = new Totals()
  for await (const minutes of readTotalsLines({ file, service, before: Date.now() })) totals.restore(minutes)
  return totals
}

describe('the line of totals', () => {
  test('has the accounts and routes of its minute, and belongs to no account', async () => {
    const { totals, log, lines } = written()
    totals.add(entry({ counts: { tokens: 3 }, queries: { calls: 2, ms: 3 } }))
    log.close()
    const [line, ...others] = await lines()
    expect(others).toEqual([])
    expect(line).not.toHaveProperty('account')
    expect(line).not.toHaveProperty('requestId')
    const figures = {
      requests: 1,
      jobs: 0,
      errors: 0,
      exact: false,
      heldOthers: { requests: 0, ms: 0 },
      queries: 2,
      queryMs: 3,
      poolMs: 0,
      holdMs: 0,
      bytes: 100,
      counts: { tokens: 3 },
      duration: { mean: 10 },
    }
    expect(line).toMatchObject({ level: 'info', logger: 'requests', message: 'totals of 1 account' })
    expect(line?.fields).toMatchObject({ kind: 'totals', service: 'publisher', version: '1.0.0' })
    expect(line?.fields).not.toHaveProperty('part')
    expect(line?.fields['routes']).toEqual([{ method: 'GET', route: '/posts/:id', ...figures }])
    expect(line?.fields['accounts']).toEqual([{ account: 'acme', ...figures, routes: expect.any(Array) }])
  })

  test('is written once a minute, and not for a minute without requests', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { totals, log, pass, lines } = written()
      for (const busy of [true, false, true]) {
        if (busy) totals.add(entry())
        pass(minute)
        vi.advanceTimersByTime(minute + 100)
      }
      expect(vi.getTimerCount()).toBe(0)
      log.close()
      const found = await lines()
      expect(found).toHaveLength(2)
      const [from, to] = [found[0]?.fields['from'], found[0]?.fields['to']].map((time) => Date.parse(String(time)))
      expect((to as number) - (from as number)).toBe(minute)
    } finally {
      vi.useRealTimers()
    }
  })

  test('names the 50 heaviest accounts, then (other), and splits into parts below 64 KB', async () => {
    const { totals, log, lines, file } = written()
    for (let at = 0; at < 200; at++) {
      const account = `${'x'.repeat(150)}${String(at).padStart(3, '0')}`
      const counts = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${'count'.repeat(30)}${n}`, n + 1]))
      for (let n = 0; n < 6; n++) totals.add(entry({ account, route: `/${n}`, queries: { calls: 1, ms: at }, counts }))
    }
    log.close()
    const found = await lines()
    expect(found.length).toBeGreaterThan(1)
    expect(found.map(({ fields }) => fields['part'])).toEqual(found.map((_, at) => at + 1))
    for (const line of readFileSync(file, 'utf8').split('\n')) expect(Buffer.byteLength(line)).toBeLessThan(65_536)
    const accounts = found.flatMap(({ fields }) => fields['accounts'] as { account: string; requests: number }[])
    expect(accounts).toHaveLength(51)
    expect(accounts[0]?.account).toMatch(/x199$/)
    expect(accounts.at(-1)).toMatchObject({ account: '(other)', requests: 150 * 6 })
    expect(JSON.stringify(found)).not.toMatch(/more members|too many values|nested too deep|… \d+ more|\[cut: /)
  })

  test('is left out on a console for people, and is on a JSON console without files', async () => {
    for (const [console, files, isShown] of [
      ['pretty', true, false],
      ['verbose', false, false],
      ['json', false, true],
    ] as const) {
      const shown: string[] = []
      const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => shown.push(String(text)) > 0)
      const logs = defineLogs({ directory, files, console, loggers: {} })
      const totals = new Totals()
      const log = new TotalsLog(totals, logs.get('requests'), {
        service: 'publisher',
        version: undefined,
        pid: 1,
        instance: 'a:1',
      })
      totals.add(entry())
      log.close()
      await logs.flush()
      write.mockRestore()
      expect(shown.join('').includes('"kind":"totals"')).toBe(isShown)
      if (!isShown) expect(shown.join('')).toBe('')
    }
  })

  test('redacts account and route names as other lines do, and goes through beforeLine', async () => {
    const seen: unknown[] = []
    const logs = defineLogs({
      directory,
      files: true,
      console: false,
      loggers: {},
      beforeLine: (line) => {
        seen.push(line)
        return line
      },
    })
    const totals = new Totals()
    const log = new TotalsLog(totals, logs.get('requests'), {
      service: 'publisher',
      version: undefined,
      pid: 1,
      instance: 'a:1',
    })
    const secret = 'Bearer abcdefghijklmnopqrstuvwxyz012345'
    totals.add(entry({ account: secret, route: `/x/${secret}` }))
    log.close()
    await logs.flush()
    expect(seen).toHaveLength(1)
    expect(readFileSync(logs.files()['requests'] as string, 'utf8')).not.toContain('abcdefghijklmnopqrstuvwxyz012345')
  })

  test('is found by no reader, not even by the name of an account as the id', async () => {
    const { totals, log, file, logs } = written()
    totals.add(entry({ account: 'acme' }))
    totals.add(entry({ account: 'globex' }))
    log.close()
    await logs.flush()
    const lines = new RequestLines({ file })
    for (const access of [readAccess('all', undefined), readAccess('account', 'acme')]) {
      for (const id of ['acme', 'globex', 'totals']) expect(await lines.find(access, id)).toEqual([])
    }
  })
})

describe('after a restart, totals', () => {
  test('are those that were written, in every format', async () => {
    const one = fc.record({
      kind: fc.constantFrom('request' as const, 'job' as const),
      account: fc.oneof(
        fc.constantFrom('acme', 'globex', undefined),
        fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }).map((name) => `a ${name}`),
      ),
      method: fc.constantFrom('GET', 'POST'),
      route: fc.constantFrom('/', '/posts/:id', undefined),
      name: fc.constantFrom('receipt', undefined),
      failed: fc.boolean(),
      durationMs: fc.integer({ min: 0, max: 1e6 }),
      bytes: fc.integer({ min: 0, max: 1e9 }),
      counts: fc.constantFrom(undefined, { posts: 3 }, { words: 0.5 }),
    })
    const formats = fc.constantFrom<Format>('json', 'text', 'verbose', 'gcp', 'ecs', 'datadog')
    const instance = deadInstance()
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 30 }), formats, async (entries, format) => {
        rmSync(join(directory, 'requests.jsonl'), { force: true })
        const { totals, log, file, logs } = written({ format, instance })
        for (const each of entries)
          totals.add({ ...each, ...(each.kind === 'job' ? { route: undefined, method: undefined } : {}) })
        log.close()
        await logs.close()
        const again = await restored(file)
        for (const by of ['account', 'route'] as const) {
          const figures = (of: Totals) =>
            of
              .read({ by, spanMs: hour })
              .rows.map(({ perMinute, routes, duration, ...row }) => ({
                ...row,
                mean: duration.mean.toFixed(2),
                routes: routes?.map((route) => [route.method, route.route, route.requests, route.jobs, route.bytes]),
              }))
              .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
          expect(figures(again)).toEqual(figures(totals))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('do not have those of processes that still run, of other services, of other hosts, or of the future', async () => {
    const living = `${hostname()}:${process.ppid}`
    for (const own of [{ instance: living }, { instance: 'elsewhere:1' }, { service: 'other' }]) {
      const { totals, log, logs } = written(own)
      totals.add(entry())
      log.close()
      await logs.close()
    }
    const { totals, log, logs, clock, file } = written()
    clock.wall += 10 * 24 * hour
    totals.add(entry())
    log.close()
    await logs.close()
    expect((await restored(file)).read({ by: 'account', spanMs: hour }).rows).toEqual([])
  })

  test('skip torn, foreign and hostile lines', async () => {
    const { totals, log, logs, file } = written()
    const at = new Date(Date.now() - minute).toISOString()
    const to = new Date(Date.now() - 1_000).toISOString()
    const head = `{"time":"${at}","level":"info","logger":"requests","kind":"totals","service":"publisher","instance":"${deadInstance()}"`
    const hostile = [
      `${head},"from":"${at}","to":"${to}","accounts":[{"account":"x","requests":1e999,"bytes":-5,"__proto__":{"jobs":7}},null,7,[[]]],"routes":{},"message":"m"}`,
      `${head},"from":"${to}","to":"${at}","accounts":[{"account":"y","requests":5}],"routes":[],"message":"m"}`,
      `${head},"from":1,"to":"${'9'.repeat(1e5)}","accounts":[],"routes":[],"message":"m"}`,
      `${head},"from":"${at}","to":"${to}","accounts":[{"account":"z","requests":3`,
      `"totals"`.repeat(50_000),
    ]
    appendFileSync(file, `${hostile.join('\n')}\n`)
    totals.add(entry())
    log.close()
    await logs.close()
    const { rows } = (await restored(file)).read({ by: 'account', spanMs: hour })
    expect(rows.map(({ account, requests, jobs, bytes }) => [account, requests, jobs, bytes]).sort()).toEqual([
      ['acme', 1, 0, 100],
      ['x', 0, 0, 0],
    ])
  })

  test.each([
    ['a process that has ended', deadInstance],
    ['an instance of the same process that was closed', () => `${hostname()}:${process.pid}`],
  ])('are read in the background when an instance opens after %s', async (_, instance) => {
    const { totals: before, log, logs, file } = written({ instance: instance() })
    before.add(entry())
    log.close()
    await logs.flush()
    const service = { service: 'publisher', version: undefined }
    const { totals, close } = openTotals({
      service,
      requests: logs.get('requests'),
      requestsFile: file,
      tracking: undefined,
      observers: new Observers(() => {}),
      warnOnce: () => {},
    })
    await vi.waitFor(() => expect(totals.read({ by: 'account', spanMs: hour }).all.requests).toBe(1))
    await close()
  })

  test('are not read where a store shares totals, which has them, and what is counted goes there at the end', async () => {
    const { totals: before, log, logs, file } = written()
    before.add(entry())
    log.close()
    await logs.flush()
    const store = new MemoryTotals()
    const parts = {
      service: { service: 'publisher', version: undefined },
      requests: logs.get('requests'),
      requestsFile: file,
      tracking: undefined,
      observers: new Observers(() => {}),
      warnOnce: () => {},
    }
    const { totals, close } = openTotals({ ...parts, shareTo: { store, run: 'this', onFailure: () => {} } })
    totals.add(entry({ account: 'password=s3cret' }))
    // Opened later, it would read the file later.
    const alone = openTotals(parts)
    await vi.waitFor(() => expect(alone.totals.read({ by: 'account', spanMs: hour }).all.requests).toBe(1))
    await alone.close()
    expect(totals.read({ by: 'account', spanMs: hour }).all.requests).toBe(1)
    await close()
    const kept = [...store.kept.values()]
    expect(kept.map(({ kind, isOver, run }) => [kind, isOver, run])).toEqual([
      ['minute', true, 'this'],
      ['quarter', true, 'this'],
    ])
    expect(JSON.stringify(kept)).not.toContain('s3cret')
  })
})

test('minuteOf takes only lines of totals', () => {
  expect(
    minuteOf({ time: 0, level: 'info', logger: 'requests', message: '', fields: { kind: 'late' } }),
  ).toBeUndefined()
})
