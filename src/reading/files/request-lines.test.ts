import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { epoch, idAt, madeCall } from '../../../test/records/made.js'
import { createContext } from '../../context/request-context.js'
import { defineLogs } from '../../logging/define-logs.js'
import { readAccess } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import { RequestEvents } from '../../records/request-events.js'
import { RequestLog } from '../../records/request-log.js'
import { shownRecord } from '../shown-error.js'
import { openLogFiles } from './log-files.js'
import { RequestLines } from './request-lines.js'

const unheard = new RequestEvents(() => undefined, undefined)

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')

interface Line {
  readonly account?: string | undefined
  readonly requestId?: string
  readonly [field: string]: unknown
}

/** The line of the n-th request, as the logger `requests` writes it. */
function line(n: number, own: Line = {}): string {
  const { requestId = idAt(n), account = 'acme', ...fields } = own
  const object = {
    time: new Date(epoch + n).toISOString(),
    level: 'info',
    logger: 'requests',
    requestId,
    ...('account' in own && own.account === undefined ? {} : { account }),
    kind: 'request',
    id: idAt(n),
    method: 'GET',
    path: '/',
    status: 200,
    service: 'publisher',
    pid: 1,
    startedAt: new Date(epoch + n).toISOString(),
    durationMs: 8.4,
    ...fields,
    message: 'GET / 200 8.4 ms',
  }
  return `${JSON.stringify(object)}\n`
}

const late = (n: number, cpuMs: number, own: Line = {}): string =>
  line(n, { kind: 'late', of: 'request', late: { cpuMs, untilMs: 100 + cpuMs }, startedAt: undefined, ...own })

/** Lines of requests from `from` on, before `to`. */
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => line(from + at)).join('')

function found(directory: string, maxBytes?: number): RequestLines {
  return new RequestLines({ file: join(directory, 'requests.jsonl'), maxBytes })
}

/** A folder with the files of `requests`; named by their ending: '' and '.1'. */
function files(contents: Record<string, string>): string {
  const directory = temporaryFolder()
  for (const [ending, text] of Object.entries(contents)) writeFileSync(join(directory, `requests.jsonl${ending}`), text)
  return directory
}

const idsOf = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id)

describe('a record from a line', () => {
  test('has the fields and counts of the service, and its queries', async () => {
    const queries = { calls: 7, ms: 6, busyMs: 6, slowestMs: 2, bySystem: { postgresql: { calls: 7, ms: 6 } } }
    const own = { fields: { plan: 'pro' }, counts: { posts: 6 }, queries }
    const [record] = await found(files({ '': line(1, own) })).find(acme, idAt(1))
    expect(record).toMatchObject(own)
  })

  test('does not name the request of another account that held a connection', async () => {
    const by = { kind: 'request', id: idAt(9), route: '/reports', account: 'globex', ms: 180 }
    const text = line(1, { poolWaits: [{ startMs: 1, durationMs: 189, by }] })
    const [record] = await found(files({ '': text })).find(acme, idAt(1))
    expect(shownRecord(acme, record as StoredRecord).poolWaits).toEqual([
      { startMs: 1, durationMs: 189, by: { kind: 'other account', ms: 180 } },
    ])
    expect(shownRecord(all, record as StoredRecord).poolWaits[0]?.by).toEqual(by)
  })
})

describe('the lines of requests', () => {
  test.each(['json', 'gcp', 'ecs', 'datadog'] as const)(
    'give the record that the lifecycle wrote as %s',
    async (format) => {
      const directory = temporaryFolder()
      const logs = defineLogs({ directory, loggers: { requests: { format } } })
      onTestFinished(() => logs.close())
      const log = new RequestLog(
        { service: 'publisher', version: '1.0.0' },
        logs.get('requests' as never),
        undefined,
        unheard,
      )
      const context = createContext('request', { account: 'acme', user: 'mara' })
      const start = { startedAt: Date.now(), startTick: performance.now() - 812 }
      const failure = new Error('no route', { cause: new TypeError('x') })
      log.write(context, start, 503, { method: 'POST', route: '/a/:id', path: '/a/7', status: 503, error: failure })
      log.writeLate(context, 'POST /a/7', { cpuMs: 7.5, untilMs: 900 })
      await logs.flush()
      const [record, ...rest] = await found(directory).find(acme, context.id)
      expect(rest).toEqual([])
      expect(record).toMatchObject({
        id: context.id,
        requestId: context.id,
        kind: 'request',
        account: 'acme',
        user: 'mara',
        method: 'POST',
        route: '/a/:id',
        path: '/a/7',
        status: 503,
        service: 'publisher',
        version: '1.0.0',
        pid: process.pid,
        error: { type: 'Error', message: 'no route', cause: { type: 'TypeError' } },
        late: { cpuMs: 7.5, untilMs: 900 },
        outgoing: [],
        steps: [],
        jobs: [],
      })
      expect(record?.cpu).toBeUndefined()
    },
  )

  test('are found in the file, in every backup, at their beginning and their end', async () => {
    const directory = files({ '.2': lines(0, 1_000), '.1': lines(1_000, 2_000), '': lines(2_000, 3_000) })
    for (const n of [0, 1, 999, 1_000, 1_500, 1_999, 2_000, 2_998, 2_999])
      expect(idsOf(await found(directory).find(all, idAt(n)))).toEqual([idAt(n)])
    expect(await found(directory).find(all, idAt(3_000))).toEqual([])
  })

  test('are found beyond a gap between backups, as an interrupted rotation leaves it', async () => {
    const directory = files({ '.4': lines(0, 10), '': lines(10, 20) })
    expect(idsOf(await found(directory).find(all, idAt(5)))).toEqual([idAt(5)])
  })

  test('are found across chunk boundaries, long lines too', async () => {
    const path = 'x'.repeat(1_000_000)
    const directory = files({
      '': lines(0, 3_000) + line(3_000, { path }) + line(3_001, { path }) + lines(3_002, 6_000),
    })
    for (const n of [0, 1_234, 2_999, 3_000, 3_001, 3_002, 4_444, 5_999])
      expect(idsOf(await found(directory).find(all, idAt(n)))).toEqual([idAt(n)])
  })

  // Putting it together would copy what is there already with every piece.
  test('are skipped if they are longer than 1 MB, without the lines around them', async () => {
    const directory = files({ '': lines(0, 3) + line(3, { path: 'x'.repeat(2_500_000) }) + lines(4, 7) })
    for (const n of [0, 2, 4, 6]) expect(idsOf(await found(directory).find(all, idAt(n)))).toEqual([idAt(n)])
    expect(await found(directory).find(all, idAt(3))).toEqual([])
  })

  test('give all records of a request id, newest first, each with its late figures', async () => {
    const requestId = idAt(0)
    const attempts = [1, 2, 3].map((n) => line(n, { kind: 'job', requestId, attempt: n }))
    const directory = files({
      '.1': attempts[0] + late(1, 4, { requestId }) + attempts[1] + late(2, 5, { requestId }),
      '': attempts[2] + late(2, 6, { requestId }),
    })
    const records = await found(directory).find(all, requestId)
    expect(records.map(({ attempt, late: after }) => [attempt, after?.cpuMs])).toEqual([
      [3, undefined],
      [2, 6],
      [1, 4],
    ])
  })

  test('of a job give the details of the queue', async () => {
    const job = { kind: 'job', attempt: 2, queuedMs: 12, stalled: 1, jobsQueued: 3 }
    expect(await found(files({ '': line(1, job) })).find(all, idAt(1))).toMatchObject([job])
  })

  test.each([
    { maxAttempts: 3, willRetry: true, nextAttemptInMs: 1_500 },
    { maxAttempts: 3, willRetry: false },
  ])('of a failed attempt give the details of the next one: %j', async (next) => {
    const attempt = { kind: 'job', attempt: 2, ...next }
    expect(await found(files({ '': line(1, attempt) })).find(all, idAt(1))).toMatchObject([attempt])
  })

  test('show the error of a request that failed after its response, with the status of the failure', async () => {
    const failed = { kind: 'late', of: 'request', startedAt: undefined, status: 500, error: { message: 'broken' } }
    const made = files({ '': line(1, { status: 404 }) + late(1, 4) + line(1, failed) })
    const [record] = await found(made).find(all, idAt(1))
    expect(record).toMatchObject({ status: 404, late: { cpuMs: 4 }, error: { message: 'broken', status: 500 } })
    // Not its caller's: they were told of the 404 only.
    expect(shownRecord(acme, record as StoredRecord).error).toEqual({ withheld: true })
  })

  test('keep the first error', async () => {
    const failed = { kind: 'late', of: 'request', startedAt: undefined, status: 500, error: { message: 'second' } }
    const made = files({ '': line(1, { error: { message: 'first' } }) + line(1, failed) })
    expect(await found(made).find(all, idAt(1))).toMatchObject([{ error: { message: 'first' } }])
  })

  test('give nothing if only late figures are left', async () => {
    expect(await found(files({ '': late(1, 4) })).find(all, idAt(1))).toEqual([])
  })

  test('give a record once if it stands twice', async () => {
    expect(await found(files({ '.1': line(1), '': line(1) })).find(all, idAt(1))).toHaveLength(1)
  })

  test('are found by ids of a proxy that are not UUIDs', async () => {
    const directory = files({ '.1': line(1, { requestId: 'edge:7/abc+=~@x' }), '': lines(2, 9) })
    expect(idsOf(await found(directory).find(all, 'edge:7/abc+=~@x'))).toEqual([idAt(1)])
    expect(await found(directory).find(all, 'edge:7/abc+=~@')).toEqual([])
  })

  test('are found in files of every format', async () => {
    for (const format of ['publish_sync', 'verbose', 'gcp', 'ecs', 'datadog'] as const) {
      const directory = temporaryFolder()
      const logs = defineLogs({ directory, loggers: { requests: { format } } })
      onTestFinished(() => logs.close())
      const log = new RequestLog(
        { service: 'publisher', version: undefined },
        logs.get('requests' as never),
        undefined,
        unheard,
      )
      const context = createContext('job', { account: 'acme', name: 'resize' })
      log.write(context, { startedAt: Date.now(), startTick: performance.now() }, undefined, { name: 'resize' })
      await logs.flush()
      expect(await found(directory).find(acme, context.id)).toMatchObject([{ kind: 'job', name: 'resize' }])
    }
  })

  test('are not found if they only mention the id', async () => {
    const other = line(2, { path: idAt(1), user: idAt(1), parentId: idAt(1), clientRequestId: idAt(1) })
    const service = line(3, { requestId: idAt(1) }).replace('"logger":"requests"', '"logger":"webhooks"')
    const forged = line(4, { path: `"id":"${idAt(1)}","requestId":"${idAt(1)}"` })
    expect(await found(files({ '': other + service + forged })).find(all, idAt(1))).toEqual([])
  })

  test.each([
    ['no line at all', 'x'.repeat(1_000)],
    ['half a line', line(1).slice(0, -20)],
    ['bytes that are not text', `\u0000\ufffd"${idAt(1)}"\u0000`],
    ['no times', line(1, { startedAt: 'yesterday' })],
    ['a number for a text', line(1, { id: 7 })],
    ['a text for a number', line(1, { durationMs: '8' })],
    ['another kind', line(1, { kind: 'totals' })],
    ['nothing but newlines', '\n'.repeat(5_000)],
  ])('are found beside %s', async (_, damage) => {
    const directory = files({ '': `${line(0)}${damage}\n${line(2)}` })
    expect(await found(directory).find(all, idAt(1))).toEqual([])
    for (const n of [0, 2]) expect(idsOf(await found(directory).find(all, idAt(n)))).toEqual([idAt(n)])
  })

  test('leave out members of another type than expected', async () => {
    const strange = {
      user: 7,
      status: '200',
      aborted: 'yes',
      cpu: { ms: 1 },
      waits: [],
      timeline: [7],
      io: 'x',
      jobs: {},
    }
    const [record] = await found(files({ '': line(1, { ...strange, outgoing: { calls: 1, byHost: { a: 7 } } }) })).find(
      all,
      idAt(1),
    )
    for (const name of Object.keys(strange))
      if (!['io', 'jobs', 'waits'].includes(name)) expect(record).not.toHaveProperty(name)
    // As of a request that was not measured.
    expect(record?.waits).toEqual({ outgoingMs: 0, queriesMs: 0, poolMs: 0, unmeasuredMs: record?.durationMs })
    expect(record).toMatchObject({ jobs: [], io: { outgoing: { calls: 1, byHost: {} } } })
  })

  test('give their lists and sums, and the intact part of damaged ones', async () => {
    const [call, step, job] = [madeCall(1), { name: 'render', startMs: 1 }, { id: 'x', queuedAtMs: 2 }]
    const sum = { calls: 1, byHost: { 'a.example': { calls: 1, ms: 7 } } }
    const whole = { outgoing: [call], steps: [step], jobs: [job], io: { outgoing: sum } }
    const damaged = {
      outgoing: [call, { ...call, host: 7 }, null],
      steps: [step, {}, 'x'],
      jobs: [job, [], { id: 'y' }],
    }
    for (const own of [whole, { ...damaged, io: whole.io }]) {
      const [record] = await found(files({ '': line(1, own) })).find(all, idAt(1))
      expect(record).toMatchObject(whole)
      expect([record?.outgoing, record?.steps, record?.jobs].map((list) => list?.length)).toEqual([1, 1, 1])
    }
  })
})

describe('a reader of one account', () => {
  const directory = () =>
    files({
      '': line(1) + line(2, { account: 'globex' }) + line(3, { account: undefined }) + line(4, { account: 'acme2' }),
    })

  test('finds only own lines', async () => {
    expect(idsOf(await found(directory()).find(acme, idAt(1)))).toEqual([idAt(1)])
    for (const n of [2, 3, 4, 5]) expect(await found(directory()).find(acme, idAt(n))).toEqual([])
  })

  test('does not find a request that began for one account and ended for another', async () => {
    const made = files({ '': line(1, { accountSwitched: true }) })
    expect(await found(made).find(acme, idAt(1))).toEqual([])
    expect(await found(made).find(all, idAt(1))).toMatchObject([{ accountSwitched: true }])
  })

  test('gets own records and late figures of a shared request id', async () => {
    const shared = { requestId: 'shared' }
    const foreign = { ...shared, account: 'globex' }
    const made = files({ '': line(1, shared) + line(2, foreign) + late(1, 9, foreign) + late(1, 4, shared) })
    expect(await found(made).find(acme, 'shared')).toMatchObject([{ id: idAt(1), late: { cpuMs: 4 } }])
    expect(await found(made).find(readAccess('account', undefined), 'shared')).toEqual([])
    expect(await found(made).find(all, 'shared')).toHaveLength(2)
  })

  // Otherwise the time it takes would tell that there is something.
  test('causes the same search for a foreign id as for an unknown id', async () => {
    const own = line(0, { requestId: 'shared' })
    const made = files({
      '.1': own + lines(1, 2_000),
      '': lines(2_000, 4_000) + line(4_000, { account: 'globex', requestId: 'shared' }),
    })
    expect(idsOf(await found(made).find(acme, 'shared'))).toEqual([idAt(0)])
  })
})

describe('a search', () => {
  test('does not open files that ended before the id was created', async () => {
    // In the file that must not be opened stands what would be found.
    const directory = files({ '.1': line(500_003), '': lines(500_000, 500_003) })
    expect(await found(directory).find(all, idAt(500_003))).toHaveLength(1)
    const old = new Date(epoch)
    utimesSync(join(directory, 'requests.jsonl.1'), old, old)
    expect(await found(directory).find(all, idAt(500_003))).toEqual([])
  })

  test('stops at lines a minute older than the id, because clocks differ', async () => {
    const hidden = line(90_000, { durationMs: 99 })
    const enough = Array.from({ length: 3_000 }, (_, at) => line(at)).join('')
    const directory = files({ '.1': hidden, '': enough + line(95_000) })
    expect(await found(directory).find(all, idAt(90_000))).toEqual([])
    const close = files({ '.1': hidden, '': Array.from({ length: 3_000 }, (_, at) => line(at + 60_000)).join('') })
    expect(await found(close).find(all, idAt(90_000))).toHaveLength(1)
  })

  test('stops at its limit of bytes', async () => {
    const directory = files({ '.1': line(1, { requestId: 'old' }), '': lines(2, 4_000) })
    expect(await found(directory, 2 ** 20).find(all, 'old')).toEqual([])
    expect(await found(directory, 2 ** 22).find(all, 'old')).toHaveLength(1)
  })

  test('reads no file for an invalid id', async () => {
    const directory = temporaryFolder()
    for (const id of ['', '"', '\n', 'x'.repeat(201), '../../etc/pass wd', 'ü', '\u0000', '*', '"}']) {
      writeFileSync(join(directory, 'requests.jsonl'), line(1, { requestId: id }))
      expect(await found(directory).find(all, id)).toEqual([])
    }
  })

  test('lets other code run in between', async () => {
    const directory = files({ '': lines(0, 60_000) })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    onTestFinished(() => clearInterval(timer))
    await found(directory).find(all, 'unknown')
    expect(turns).toBeGreaterThan(3)
  })

  test('runs one at a time, and a flood of searches is refused', async () => {
    const lines = found(files({ '': line(1) }))
    const searches = await Promise.allSettled(Array.from({ length: 40 }, () => lines.find(all, idAt(1))))
    const refused = searches.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(32)
    expect(refused[0]).toMatchObject({ reason: { name: 'ReadingError', code: 'ERR_SPOOR_BUSY' } })
    expect(await lines.find(all, idAt(1))).toHaveLength(1)
  })
})

describe('searches of several readers', () => {
  const globex = readAccess('account', 'globex')

  test('are refused for an account that has half of the places, not for other accounts or readers of everything', async () => {
    const lines = found(files({ '': line(1) + line(2, { account: 'globex' }) }))
    const looping = Promise.allSettled(Array.from({ length: 40 }, () => lines.find(acme, idAt(1))))
    const others = [lines.find(globex, idAt(2)), lines.find(all, idAt(1)), lines.find(readAccess('account', 'x'), 'x')]
    expect((await Promise.all(others)).map(({ length }) => length)).toEqual([1, 1, 0])
    const refused = (await looping).filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(32)
  })

  test('alternate between accounts', async () => {
    const lines = found(files({ '': line(1) + line(2, { account: 'globex' }) }))
    const ended: string[] = []
    const search = async (name: string, access: typeof acme): Promise<void> => {
      await lines.find(access, idAt(1))
      ended.push(name)
    }
    const looping = Array.from({ length: 8 }, () => search('acme', acme))
    await Promise.all([...looping, search('globex', globex), search('everything', all)])
    expect(ended.slice(0, 4).sort()).toEqual(['acme', 'acme', 'everything', 'globex'])
  })

  // What takes the time is to parse a line of 60 KB.
  test('for foreign ids do not parse foreign lines: 300 of them cost as much as none', async () => {
    const path = 'x'.repeat(60_000)
    const foreign = Array.from({ length: 300 }, (_, at) => line(at, { account: 'globex', requestId: 'order-1', path }))
    const lines = found(files({ '': foreign.join('') }))
    const parse = vi.spyOn(JSON, 'parse')
    onTestFinished(() => parse.mockRestore())
    expect(await lines.find(acme, 'order-1')).toEqual([])
    expect(parse).not.toHaveBeenCalled()
    expect(await lines.find(globex, 'order-1')).toHaveLength(300)
  })

  test.each(['a"b\\c', 'ünïcödé', '\u202e\u009b', '\ud800', 'a\nb', '{"account":"globex"}', '"account":"x"'])(
    'find the lines of an account named %j, in each format of the file',
    async (account) => {
      for (const format of ['json', 'publish_sync', 'verbose', 'gcp', 'ecs', 'datadog'] as const) {
        const directory = temporaryFolder()
        const logs = defineLogs({ directory, loggers: { requests: { format } } })
        onTestFinished(() => logs.close())
        const log = new RequestLog(
          { service: 'publisher', version: undefined },
          logs.get('requests' as never),
          undefined,
          unheard,
        )
        const context = createContext('request', { account })
        log.write(context, { startedAt: Date.now(), startTick: performance.now() }, undefined, { method: 'GET' })
        await logs.flush()
        const kept = await found(directory).find(all, context.id)
        const own = readAccess('account', kept[0]?.account)
        expect(await found(directory).find(own, context.id)).toHaveLength(1)
        expect(await found(directory).find(globex, context.id)).toEqual([])
      }
    },
  )
})

describe('the files that are read', () => {
  test('are the named file and its numbered backups only', async () => {
    const directory = files({ '': lines(0, 3) })
    for (const name of ['x', '.01', '.0', '.1.gz', '.-1', '.1e1', '.9999999999', '.bak'])
      writeFileSync(join(directory, `requests.jsonl${name}`), line(7))
    writeFileSync(join(directory, 'a-requests.jsonl'), line(7))
    expect(await found(directory).find(all, idAt(7))).toEqual([])
  })

  test('are never symlinks, directories or pipes', async () => {
    const directory = files({})
    const secret = join(temporaryFolder(), 'secret')
    writeFileSync(secret, line(7))
    symlinkSync(secret, join(directory, 'requests.jsonl'))
    mkdirSync(join(directory, 'requests.jsonl.1'))
    execFileSync('mkfifo', [join(directory, 'requests.jsonl.2')])
    writeFileSync(join(directory, 'requests.jsonl.3'), line(8))
    expect(await found(directory).find(all, idAt(7))).toEqual([])
    expect(await found(directory).find(all, idAt(8))).toHaveLength(1)
  })

  test('may be missing, with their directory', async () => {
    expect(await found(temporaryFolder()).find(all, idAt(1))).toEqual([])
    expect(
      await new RequestLines({ file: join(temporaryFolder(), 'gone', 'requests.jsonl') }).find(all, idAt(1)),
    ).toEqual([])
  })

  test('are each read once when a rotation happens in between', async () => {
    const directory = files({ '.1': 'b', '': 'a' })
    const path = join(directory, 'requests.jsonl')
    const met: string[] = []
    for await (const { handle } of openLogFiles(path)) {
      met.push(String((await handle.readFile()).subarray(0, 1)))
      if (met.length > 1) continue
      renameSync(`${path}.1`, `${path}.2`)
      renameSync(path, `${path}.1`)
    }
    expect(met).toEqual(['a', 'b'])
  })

  test('may grow and be truncated while they are read', async () => {
    const directory = files({ '': lines(0, 4_000) })
    const path = join(directory, 'requests.jsonl')
    const search = found(directory).find(all, 'unknown')
    appendFileSync(path, line(4_001))
    truncateSync(path, 1_000)
    expect(await search).toEqual([])
  })

  test('are closed after every search', async () => {
    const directory = files({ '.1': lines(0, 100), '': lines(100, 200) })
    for (const id of [idAt(150), idAt(50), 'unknown']) await found(directory).find(all, id)
    const open = readdirSync('/proc/self/fd').map((number) => linkOf(`/proc/self/fd/${number}`))
    expect(open.filter((file) => file.startsWith(directory))).toEqual([])
  })
})

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile: that of the listing itself is among them.
    return ''
  }
}
