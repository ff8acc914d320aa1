import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { epoch, idAt, made, madeCall } from '../../test/records/made.js'
import { MemoryRecords } from '../records/memory-store.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { RecentRequests } from '../records/recent-requests.js'
import type { StoredRecord } from '../records/record.js'
import type { RecordFilter, RecordStore } from '../records/record-store.js'
import type { KnownProcess, LiveStore } from '../records/shared-store.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { createReading, type ReadingParts } from './create-reading.js'
import type { LiveRequest } from './reading.js'
import { ReadingError } from './reading-error.js'

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')
const withoutAccount = readAccess('account', undefined)

function storeOf(...records: StoredRecord[]): MemoryRecords {
  const store = new MemoryRecords({}, () => 0)
  for (const record of records) store.put(record)
  onTestFinished(() => store.close())
  return store
}

const live = (n: number, own: Partial<LiveRequest> = {}): LiveRequest => ({
  id: idAt(n),
  requestId: idAt(n),
  kind: 'request',
  startedAt: new Date(epoch + n).toISOString(),
  openMs: 1_000 - n,
  ...own,
})

const books = { requests: 70, jobs: 10, runs: 1, unattributed: 12, watching: 6, threadCpuMs: 100, unexplained: 1 }

const partsOf = (own: Partial<ReadingParts> = {}): ReadingParts => ({
  store: storeOf(),
  requestsFile: undefined,
  live: () => [],
  usage: {
    read: () => {
      throw new Error('not read here')
    },
    safe: (name) => name,
    instance: 'web-2:4127',
  },
  session: () => ({
    service: 'publisher',
    spoor: '0.2.0',
    source: 'service',
    mode: 'header',
    lines: true,
    processes: [{ instance: 'web-2:4127', host: 'web-2', pid: 4127, isThis: true }],
    serverTime: '2026-11-24T14:03:07.412Z',
  }),
  mayMeasure: ({ roles }) => roles.includes('admin'),
  books: () => ({ since: '2026-11-24T12:00:00.000Z', measuredShare: 0.5, books }),
  health: {
    about: { service: 'publisher', version: '1.0.0', spoor: '0.2.0', startedAt: '2026-11-24T12:00:00.000Z' },
    tracking: () => ({ mode: 'all', open: 2, measuredShare: 1 }),
    failed: () => 3,
    context: () => ({ lost: 1, unknown: 3, lostCalls: 2, addedNowhere: 4, guarded: 3 }),
    queries: () => ({ nowhere: 5, late: 0, unknown: 6 }),
    thread: () => ({}),
    outputs: () => [{ output: 'requests.jsonl', keptLines: 0, lostLines: 0 }],
    files: [],
  },
  ...own,
})
const readingOf = (own: Partial<ReadingParts> = {}) => createReading(partsOf(own))

describe('reading a record', () => {
  test('returns the whole record for its own id, with a summary in one sentence', async () => {
    const record = made(1, { outgoing: [madeCall(1)] })
    expect(await readingOf({ store: storeOf(record) }).record(all, record.id)).toEqual({
      ...record,
      measured: true,
      source: 'memory',
      summary: '812 ms: 530 ms waiting for blog.acme.example, 14 ms own CPU, 268 ms other waits',
      parts: [
        expect.objectContaining({ kind: 'call', words: 'waiting for blog.acme.example' }),
        expect.objectContaining({ kind: 'cpu', words: 'own CPU' }),
        expect.objectContaining({ kind: 'wait', words: 'other waits' }),
      ],
      notes: [],
    })
  })

  test('returns the newest record of a request id, and lists the ids of the others, newest first', async () => {
    const attempts = [1, 2, 3].map((n) => made(n, { kind: 'job', requestId: idAt(100), attempt: n }))
    const reading = readingOf({ store: storeOf(...attempts) })
    expect(await reading.record(all, idAt(100))).toMatchObject({ id: idAt(3), others: [idAt(2), idAt(1)] })
    expect(await reading.record(all, idAt(2))).toMatchObject({ id: idAt(2), others: [idAt(3), idAt(1)] })
  })

  test('prefers the record whose own id matches to records whose request id matches', async () => {
    const reading = readingOf({ store: storeOf(made(1), made(2, { requestId: idAt(1) })) })
    expect(await reading.record(all, idAt(1))).toMatchObject({ id: idAt(1), others: [idAt(2)] })
  })

  test('lists only other records that the reader may see', async () => {
    const shared = [made(1, { requestId: 'shared' }), made(2, { requestId: 'shared', account: 'globex' })]
    const reading = readingOf({ store: storeOf(...shared) })
    const seen = await reading.record(acme, 'shared')
    expect(seen?.id).toBe(idAt(1))
    expect(seen).not.toHaveProperty('others')
  })

  test('has late figures', async () => {
    const store = storeOf(made(1))
    store.update(idAt(1), { late: { cpuMs: 9, untilMs: 900 } })
    expect(await readingOf({ store }).record(all, idAt(1))).toMatchObject({
      late: { cpuMs: 9 },
      summary: expect.stringContaining('then 9 ms CPU late'),
    })
  })

  test('returns undefined for an unknown id', async () => {
    expect(await readingOf().record(all, idAt(1))).toBeUndefined()
  })
})

describe('a record that is gone from the store', () => {
  const written = (n: number, account: string | undefined, requestId = idAt(n)): string => {
    const { outgoing, steps, jobs, ...fields } = made(n, { requestId, account })
    const head = { time: fields.startedAt, level: 'info', logger: 'requests', requestId, account }
    return `${JSON.stringify({ ...head, ...fields, message: 'POST /api/v1/publish 201 812 ms' })}\n`
  }
  const reading = (store = storeOf()) => {
    const requestsFile = join(temporaryFolder(), 'requests.jsonl')
    writeFileSync(
      requestsFile,
      written(1, 'acme') + written(2, 'globex') + written(3, 'acme', idAt(1)) + written(4, undefined),
    )
    return Object.assign(readingOf({ store, requestsFile }), { file: requestsFile })
  }

  test('is read from its line, and marked as such', async () => {
    expect(await reading().record(all, idAt(3))).toEqual({
      ...made(3, { requestId: idAt(1) }),
      measured: true,
      source: 'log',
      summary: '812 ms: 530 ms waiting for calls, 14 ms own CPU, 268 ms other waits',
      parts: [
        expect.objectContaining({ kind: 'call', words: 'waiting for calls' }),
        expect.objectContaining({ kind: 'cpu', words: 'own CPU' }),
        expect.objectContaining({ kind: 'wait', words: 'other waits' }),
      ],
      notes: [],
    })
  })

  test.each([
    ['fails', () => Promise.reject(new Error('no route to host'))],
    ['does not answer', () => new Promise<never>(() => {})],
  ] as const)(
    'is read from its line if the store %s, and is marked; only an id without a line is an error',
    async (_, answer) => {
      const failures: string[] = []
      const { file } = reading()
      const asked = readingOf({
        store: new BrokenStore(answer),
        requestsFile: file,
        withinMs: 40,
        onStoreFailure: (message) => failures.push(message),
      })
      expect(await asked.record(acme, idAt(3))).toMatchObject({ id: idAt(3), source: 'log', storeFailed: true })
      expect(failures).toEqual([expect.stringMatching(/^records: BrokenStore (failed: no route|did not answer)/)])
      // The id of another account is like an unknown one.
      for (const n of [2, 99])
        await expect(asked.record(acme, idAt(n))).rejects.toMatchObject({ code: 'ERR_SPOOR_STORE' })
    },
  )

  test('lists the other records of its request id, the one whose own id matches first', async () => {
    expect(await reading().record(acme, idAt(1))).toMatchObject({ id: idAt(1), others: [idAt(3)] })
  })

  test('is taken from the lines that the caller searches, and these are not searched again', async () => {
    const lines = {
      search: () => {
        throw new Error('searched again')
      },
      totals: () => Promise.reject(new Error('not read here')),
    }
    const inLines = async () => [made(3, { requestId: idAt(1) }), made(1)]
    expect(await readingOf({ lines }).record(acme, idAt(1), inLines)).toMatchObject({
      id: idAt(1),
      others: [idAt(3)],
      source: 'log',
    })
    const notAsked = () => Promise.reject(new Error('asked'))
    const kept = await readingOf({ store: storeOf(made(1)), lines }).record(acme, idAt(1), notAsked)
    expect(kept).toMatchObject({ id: idAt(1), source: 'memory' })
  })

  test('is not searched in the log files while the store has it', async () => {
    const record = await reading(storeOf(made(1, { status: 500 }))).record(acme, idAt(1))
    expect(record).toMatchObject({ source: 'memory', status: 500 })
    expect(record).not.toHaveProperty('others')
  })

  test('is visible to the same readers as in the store', async () => {
    for (const [access, ids] of [
      [all, [1, 2, 3, 4]],
      [acme, [1, 3]],
      [readAccess('account', 'globex'), [2]],
      [withoutAccount, []],
    ] as const) {
      for (const n of [1, 2, 3, 4, 5]) {
        // It is in memory, too, but for whom it is foreign that changes nothing.
        for (const store of [storeOf(), storeOf(made(2, { account: 'globex' }), made(4, { account: undefined }))]) {
          const record = await reading(store).record(access, idAt(n))
          expect(record?.id).toBe((ids as readonly number[]).includes(n) ? idAt(n) : undefined)
        }
      }
    }
  })
})

describe('listing records', () => {
  test('leaves out details that only a single record has', async () => {
    const queries = { queryKinds: [], queryRuns: [{ startMs: 1 }], poolWaits: [{ startMs: 1, durationMs: 2 }] }
    const heldBy = [{ startMs: 1, durationMs: 2, by: { kind: 'unattributed' as const } }]
    const full = made(1, { outgoing: [madeCall(1)], timeline: [[0, 1]], heldUp: heldBy, ...queries })
    const { items } = await readingOf({ store: storeOf(full) }).list(all, {})
    const { outgoing, steps, jobs, timeline, process, queryKinds, queryRuns, poolWaits, heldUp, ...listed } = full
    expect(items).toEqual([{ ...listed, measured: true }])
  })

  test('continues from page to page', async () => {
    const reading = readingOf({ store: storeOf(made(1), made(2), made(3)) })
    const { items, next } = await reading.list(all, { limit: 2 })
    expect(items.map(({ id }) => id)).toEqual([idAt(3), idAt(2)])
    const last = await reading.list(all, { limit: 2, before: next })
    expect(last.items.map(({ id }) => id)).toEqual([idAt(1)])
    expect(last).not.toHaveProperty('next')
  })

  test('throws a RangeError for an invalid cursor', async () => {
    await expect(readingOf().list(all, { before: 'x' })).rejects.toThrow(RangeError)
  })
})

/** The results of every method for a reader, with records of two accounts and of no account. */
const matrix: readonly [string, ReadAccess, readonly (string | undefined)[], boolean][] = [
  ['everything', all, ['acme', 'globex', undefined], true],
  ['everything, with an account of their own', readAccess('all', 'acme'), ['acme', 'globex', undefined], true],
  ['acme', acme, ['acme'], false],
  ['globex', readAccess('account', 'globex'), ['globex'], false],
  ['an account that did nothing', readAccess('account', 'initech'), [], false],
  ['no account, though bound to one', withoutAccount, [], false],
]

describe.each(matrix)('a reader of %s', (_, access, seen, isAll) => {
  const accounts = ['acme', 'globex', undefined] as const
  const reading = () =>
    readingOf({
      store: storeOf(...accounts.map((account, n) => made(n, { account }))),
      live: () => accounts.map((account, n) => live(n, { account })),
    })

  test('sees own records by id, and gets the answer for an unknown id for foreign ones', async () => {
    for (const [n, account] of accounts.entries()) {
      const record = await reading().record(access, idAt(n))
      if (seen.includes(account)) expect(record?.id).toBe(idAt(n))
      else expect(record).toEqual(await reading().record(access, idAt(99)))
    }
  })

  test('sees own records in lists with any filter', async () => {
    const { items } = await reading().list(access, {})
    expect(items.map(({ account }) => account).reverse()).toEqual(seen)
    for (const account of accounts.filter((one) => one !== undefined)) {
      const { items } = await reading().list(access, { account })
      expect(items).toHaveLength(seen.includes(account) ? 1 : 0)
    }
  })

  test('sees own open requests', async () => {
    const open = await reading().live(access)
    expect(open.map(({ account }) => account)).toEqual(seen)
  })

  test(`${isAll ? 'sees' : 'does not see'} data of the whole process`, async () => {
    expect((await reading().accounting(access)) !== undefined).toBe(isAll)
    expect((await reading().health(access)) !== undefined).toBe(isAll)
    expect((await reading().dependencies(access)) !== undefined).toBe(isAll)
  })
})

describe('an access that Spoor did not make', () => {
  const forged = { ...acme, account: undefined } as ReadAccess

  test('is refused by every method', async () => {
    const reading = readingOf({ store: storeOf(made(1)), live: () => [live(1)] })
    await expect(reading.record(forged, idAt(1))).rejects.toThrow(TypeError)
    await expect(reading.list(forged, {})).rejects.toThrow(TypeError)
    await expect(reading.health(forged)).rejects.toThrow(TypeError)
    await expect(reading.live(forged)).rejects.toThrow(TypeError)
    await expect(reading.dependencies(forged)).rejects.toThrow(TypeError)
    await expect(reading.accounting(forged)).rejects.toThrow(TypeError)
    await expect(reading.usage(forged, 'account', {})).rejects.toThrow(TypeError)
  })
})

describe('open requests', () => {
  test('are filtered before they are redacted, so foreign requests cost nothing', async () => {
    const accounts = ['acme', 'globex', undefined, 'acme']
    let done = 0
    const reading = readingOf({
      *live(mayRead) {
        for (const one of accounts.map((account, n) => live(n, { account }))) {
          if (!mayRead(one)) continue
          done++
          yield one
        }
      },
    })
    expect(await reading.live(readAccess('account', 'acme'))).toHaveLength(2)
    expect(done).toBe(2)
  })

  test('are listed oldest first', async () => {
    const reading = readingOf({ live: () => [live(3), live(1), live(2)] })
    expect((await reading.live(all)).map(({ id }) => id)).toEqual([idAt(1), idAt(2), idAt(3)])
  })
})

describe('the accounting', () => {
  test('has the CPU of requests, jobs, runs and overhead', async () => {
    expect(await readingOf().accounting(all)).toEqual({
      since: '2026-11-24T12:00:00.000Z',
      measuredShare: 0.5,
      requestsMs: 70,
      jobsMs: 10,
      runsMs: 1,
      unattributedMs: 12,
      overheadMs: 6,
      watchingMs: 6,
      threadCpuMs: 100,
      unexplainedMs: 1,
      maxUnexplained: Number.parseInt(process.versions.node, 10) < 24 ? 0.02 : 0.01,
    })
  })

  test('has a sentence and no figure if nothing is measured', async () => {
    const off = { summary: 'No CPU is measured: tracking.mode is off.' }
    expect(await readingOf({ books: () => undefined }).accounting(all)).toEqual(off)
    expect(await readingOf({ books: () => undefined }).accounting(all, '1h')).toEqual(off)
    const read = () => ({ from: 0, exact: false, windows: 0, all: {}, rows: [] }) as never
    const empty = readingOf({ usage: { read, safe: String, instance: 'web-2:4127' } })
    expect(await empty.accounting(all, '1h')).toEqual({ summary: 'No CPU was measured in the last hour.', span: '1h' })
  })
})

class BrokenStore extends MemoryRecords {
  readonly #answer: () => never | Promise<never>

  constructor(answer: () => never | Promise<never>) {
    super({}, () => 0)
    this.#answer = answer
  }

  override get = (): never => this.#answer() as never
  override list = (): never => this.#answer() as never
  override health = (): never => this.#answer() as never
}

const broken: readonly [string, () => never | Promise<never>, string][] = [
  [
    'throws',
    () => {
      throw new Error('no route to host')
    },
    'records: BrokenStore failed: no route to host',
  ],
  ['rejects', () => Promise.reject(new Error('no route to host')), 'records: BrokenStore failed: no route to host'],
  ['hangs', () => new Promise<never>(() => {}), 'records: BrokenStore did not answer within 40 ms'],
  [
    'throws no error',
    () => {
      throw 'x'
    },
    'records: BrokenStore failed: string',
  ],
]

describe.each(broken)('a store that %s', (_, answer, message) => {
  const reading = () => readingOf({ store: new BrokenStore(answer), withinMs: 40 })

  test('is named in the error to the reader, within the time limit', async () => {
    for (const ask of [reading().record(all, idAt(1)), reading().list(all, {})]) {
      const error = await ask.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ReadingError)
      expect(error).toMatchObject({ code: 'ERR_SPOOR_STORE', message })
    }
  })

  test('leaves the rest of the health intact', async () => {
    const health = await reading().health(all)
    expect(health?.records).toEqual({ failed: 3, error: message })
    expect(health?.tracking).toEqual({ mode: 'all', open: 2, measuredShare: 1 })
  })
})

describe('a third-party store', () => {
  test('is asked for a record and those of its request at the same time', async () => {
    const items = [made(1), made(2, { requestId: idAt(1) })]
    let asked = 0
    let bothAsked = (): void => {}
    const both = new Promise<void>((resolve) => {
      bothAsked = resolve
    })
    const answer = async <T>(value: T): Promise<T> => {
      if (++asked === 2) bothAsked()
      await both
      return value
    }
    const store: RecordStore = {
      ...({} as RecordStore),
      get: () => answer(items[0]),
      list: () => answer({ items }),
    }
    const record = await readingOf({ store }).record(all, idAt(1))
    expect(record).toMatchObject({ id: idAt(1), source: 'memory', others: [idAt(2)] })
    expect(record).not.toHaveProperty('storeFailed')
  })

  test('may answer after its time limit without an unhandled rejection', async () => {
    const slow = new BrokenStore(async () => {
      await delay(30)
      throw new Error('late')
    })
    await expect(readingOf({ store: slow, withinMs: 5 }).list(all, {})).rejects.toThrow('did not answer within 5 ms')
    await delay(60)
  })

  test('that returns foreign records is overruled', async () => {
    const foreign = made(1, { account: 'globex' })
    const store: RecordStore = {
      ...({} as RecordStore),
      get: () => foreign,
      list: () => ({ items: [foreign, made(2)] }),
    }
    const reading = readingOf({ store })
    expect((await reading.record(acme, idAt(1)))?.id).toBe(idAt(2))
    expect((await reading.list(acme, {})).items.map(({ id }) => id)).toEqual([idAt(2)])
  })

  test('without a name is called the store in messages', async () => {
    await expect(readingOf({ store: {} as RecordStore }).list(all, {})).rejects.toThrow(/^records: the store failed: /)
  })
})

describe('the health', () => {
  test('has the state of all parts', async () => {
    expect(await readingOf({ store: storeOf(made(1)) }).health(all)).toMatchObject({
      service: 'publisher',
      version: '1.0.0',
      spoor: '0.2.0',
      node: process.version,
      pid: process.pid,
      records: { records: 1, evicted: 0, expired: 0, failed: 3, oldest: made(1).startedAt, maxBytes: 67_108_864 },
      context: { lost: 1, unknown: 3, lostCalls: 2, addedNowhere: 4, guarded: 3 },
      queries: { nowhere: 5, late: 0, unknown: 6 },
      outputs: [{ output: 'requests.jsonl' }],
      files: [],
    })
  })

  test('has the time of the oldest line, backups included', async () => {
    const directory = temporaryFolder()
    const file = join(directory, 'publish_sync.log')
    writeFileSync(file, '[2026-11-24T12:00:00.000Z] [INFO] x {"logger":"publish_sync"}\n')
    writeFileSync(`${file}.1`, '{"time":"2026-11-23T08:00:00.000Z","level":"info"}\n')
    writeFileSync(`${file}.2`, 'half a line\n')
    const files = [file, join(directory, 'gone.log')]
    const health = await readingOf({ health: { ...partsOf().health, files } }).health(all)
    expect(health?.files).toEqual([
      { file: 'publish_sync.log', bytes: 125, oldest: '2026-11-23T08:00:00.000Z' },
      { file: 'gone.log', bytes: 0 },
    ])
  })
})

describe('a reader of one account', () => {
  const internals = readAccess('account', 'acme', true)

  test('gets no number of requests in flight: it would count those of others', async () => {
    const { outgoing, steps, jobs, ...fields } = made(2)
    const requestsFile = join(temporaryFolder(), 'requests.jsonl')
    const head = { time: fields.startedAt, level: 'info', logger: 'requests', requestId: idAt(2), account: 'acme' }
    writeFileSync(requestsFile, `${JSON.stringify({ ...head, ...fields, message: 'POST /x 201 812 ms' })}\n`)
    const reading = readingOf({ store: storeOf(made(1)), requestsFile })
    for (const n of [1, 2]) {
      expect((await reading.record(all, idAt(n)))?.process).toMatchObject({ inFlight: 9 })
      for (const access of [acme, internals])
        expect((await reading.record(access, idAt(n)))?.process).not.toHaveProperty('inFlight')
    }
  })

  const secret = {
    type: 'DatabaseError',
    message: 'secret',
    code: 'ECONNREFUSED',
    stack: 'secret at db.ts',
    cause: { message: 'secret' },
    sql: 'secret',
  }

  const failures: readonly [string, Partial<StoredRecord>][] = [
    ['a 5xx', { status: 503, error: secret }],
    ['a failure after the response began', { status: 200, error: secret }],
    ['a failure before the response', { status: undefined, aborted: true, error: secret }],
    ['a failed job', { kind: 'job', status: undefined, name: 'resize', error: secret }],
    ['an error of status 500 after another response', { status: 404, error: { ...secret, statusCode: 500 } }],
  ]

  test.each(failures)('sees only code and status of %s, by id and in lists', async (_, own) => {
    const reading = readingOf({ store: storeOf(made(1, own)) })
    const [one, listed] = [await reading.record(acme, idAt(1)), (await reading.list(acme, {})).items[0]]
    for (const record of [one, listed]) {
      expect(record?.error).toEqual({ code: 'ECONNREFUSED', withheld: true })
      expect(record?.status).toBe(own.status)
      expect(JSON.stringify(record)).not.toMatch(/secret|DatabaseError/)
    }
    for (const access of [all, internals]) {
      expect((await reading.record(access, idAt(1)))?.error).toEqual(own.error)
      expect((await reading.list(access, {})).items[0]?.error).toEqual(own.error)
    }
  })

  test('sees no more of a 5xx from its line once the record is gone', async () => {
    const directory = temporaryFolder()
    const file = join(directory, 'requests.jsonl')
    const { requestId, account, ...fields } = made(1, { status: 500, error: secret })
    const who = { time: fields.startedAt, level: 'error', logger: 'requests', requestId, account }
    writeFileSync(file, `${JSON.stringify({ ...who, ...fields, message: 'POST / 500' })}\n`)
    const reading = readingOf({ requestsFile: file })
    const seen = await reading.record(acme, idAt(1))
    expect(seen).toMatchObject({ source: 'log', error: { code: 'ECONNREFUSED', withheld: true } })
    expect(JSON.stringify(seen)).not.toContain('secret')
    expect(await reading.record(internals, idAt(1))).toMatchObject({ error: secret })
  })

  test('sees a 4xx in full, because its caller saw it', async () => {
    const reading = readingOf({ store: storeOf(made(1, { status: 422, error: secret })) })
    expect((await reading.record(acme, idAt(1)))?.error).toEqual(secret)
    expect((await reading.list(acme, {})).items[0]?.error).toEqual(secret)
  })

  test('sees no code that is a sentence, and cannot filter by it', async () => {
    const error = { ...secret, code: 'secret of user 7' }
    const reading = readingOf({ store: storeOf(made(1, { status: 500, error })) })
    const seen = await reading.record(acme, idAt(1))
    expect(seen?.error).toEqual({ withheld: true })
    expect(seen?.summary).not.toContain('secret')
    expect((await reading.list(acme, { errorCode: error.code })).items).toEqual([])
    expect((await reading.list(internals, { errorCode: error.code })).items).toHaveLength(1)
  })

  test('can filter failures by a visible code', async () => {
    const reading = readingOf({ store: storeOf(made(1, { status: 500, error: secret })) })
    expect((await reading.list(acme, { errorCode: 'ECONNREFUSED' })).items).toHaveLength(1)
  })

  test('sees nothing of an error that is a string', async () => {
    const reading = readingOf({ store: storeOf(made(1, { status: 500, error: 'secret' })) })
    expect((await reading.record(acme, idAt(1)))?.error).toEqual({ withheld: true })
  })
})

describe('the overview of one process of several', () => {
  const alone = { beat: () => {}, leave: () => {}, list: async () => ({ processes: [], items: [] }) }
  const other = { instance: 'web-1:4100', silentMs: 100 } as KnownProcess
  const several = { ...alone, list: async () => ({ processes: [other], items: [] }) }
  const recent = (): RecentRequests => new RecentRequests({}, { safe: (value) => value as SafeValue })
  const noteIn = async (own: Partial<ReadingParts>, filter: RecordFilter = {}, live: LiveStore = several) => {
    const store = Object.assign(storeOf(), { live })
    return (await readingOf({ store, recent: recent(), ...own }).overview(all, filter)).note
  }
  const note = 'Of requests that were not measured, web-2:4127 lists its own only.'

  test('says which process lists its own requests that were not measured', async () => {
    expect(await noteIn({})).toBe(note)
    expect(await noteIn({}, { process: '4100' })).toBe(note)
    expect(await noteIn({}, { measured: false })).toBe(note)
  })

  test('lists what is open in others of its own name, which containers may have, and marks a lost one among them', async () => {
    const own = { instance: 'web-2:4127', run: 'own', silentMs: 100 } as KnownProcess
    const found = {
      processes: [own, { ...own, run: 'killed', silentMs: 60_000 }, { ...own, run: 'sibling' }, other],
      items: ['own', 'killed', 'sibling'].map((run, n) => ({
        ...live(n),
        instance: own.instance,
        run,
        openMs: 64_000,
      })),
    }
    const usage = { ...partsOf().usage, run: 'own' }
    const store = Object.assign(storeOf(), { live: { ...alone, list: () => found } })
    const reading = readingOf({ store, usage, live: () => [live(0)] })
    const open = await reading.live(all)
    expect(open.map(({ id, isLost }) => [id, isLost])).toEqual([
      [idAt(2), undefined],
      [idAt(1), true],
      [idAt(0), undefined],
    ])
    expect(JSON.stringify(open)).not.toMatch(/"run"/)
    const { processes } = await reading.session(all, { user: undefined, roles: [] } as never)
    expect(processes.map(({ instance }) => instance)).toEqual(['web-2:4127', 'web-1:4100'])
  })

  test('counts nothing of a lost process as in flight: it was open until the last sign of life', async () => {
    const lost = { ...other, silentMs: 60_000 }
    const open = [live(1, { instance: 'web-1:4100', openMs: 64_000 }), live(2, { instance: 'web-3:9', openMs: 500 })]
    const found = { ...alone, list: async () => ({ processes: [lost], items: open }) }
    const reading = readingOf({ store: Object.assign(storeOf(), { live: found }) })
    expect((await reading.overview(all, {})).inFlight).toBe(1)
    const [first, second] = await reading.live(all)
    expect(first).toMatchObject({ id: idAt(1), isLost: true, openMs: 4_000 })
    expect(second).toMatchObject({ id: idAt(2), openMs: 500 })
  })

  test('says nothing where nothing is missing', async () => {
    const session = (): ReturnType<ReadingParts['session']> => ({ ...partsOf().session(), mode: 'all' })
    expect(await noteIn({}, {}, alone)).toBeUndefined()
    expect(await noteIn({}, { measured: true })).toBeUndefined()
    expect(await noteIn({}, { process: 'web-2' })).toBeUndefined()
    expect(await noteIn({ recent: undefined })).toBeUndefined()
    expect(await noteIn({ session })).toBeUndefined()
  })
})
