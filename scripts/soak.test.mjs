// The judge of `npm run soak`, and the balance of requests and lines, over runs that are made up.
import { describe, expect, test } from 'vitest'
import { Book } from './soak/example/asked.mjs'
import { balance } from './soak/example/balance.mjs'
import { judge } from './soak/example/judge.mjs'
import { Lines } from './soak/example/lines.mjs'
import { tableOf } from './soak/example/report.mjs'
import { slopeOf } from './soak/example/slope.mjs'

const MB = 2 ** 20
const perSample = 600

/** Samples of 20 minutes, ten seconds apart; the heap swings by 2 MB. */
function samplesOf({ leakPerRequest = 0 } = {}) {
  return Array.from({ length: 120 }, (_, n) => ({
    atMs: (n + 1) * 10_000,
    heapUsed: 40 * MB + (n % 3) * MB + n * perSample * leakPerRequest,
    external: 2 * MB,
    rss: 120 * MB,
    descriptors: 1_050,
    processCpuMs: n * 2_000,
    coreWaitMs: n * 100,
    requests: n * perSample,
  }))
}

/** @returns {any} */
function census(changed = {}) {
  return {
    descriptors: 40,
    resources: { TCPSocketWrap: 12, Timeout: 3 },
    objects: { Timeout: 60, Socket: 30, Promise: 900 },
    unhandled: [],
    warnings: [],
    ...changed,
  }
}

function accountingOf(unexplainedMs = 10) {
  const parts = { requestsMs: 600, jobsMs: 100, runsMs: 0, unattributedMs: 200, overheadMs: 90, unexplainedMs }
  return { ...parts, threadCpuMs: 990 + unexplainedMs, maxUnexplained: 0.02 }
}

function healthOf() {
  return {
    node: 'v24.1.0',
    context: { lost: 0, unknown: 0, lostCalls: 0, addedNowhere: 0, guarded: 0 },
    queries: { nowhere: 3, late: 0, unknown: 0 },
    records: { failed: 0 },
    tracking: { open: 0 },
    outputs: [{ output: 'requests.jsonl', keptLines: 0, lostLines: 0 }],
  }
}

function runOf(changed = {}) {
  return {
    samples: samplesOf(),
    before: census(),
    after: census({ seen: { requests: 96, upgrades: 2 } }),
    exit: { code: 0, signal: null },
    clients: { failed: 0, failures: [] },
    balance: { answered: 95, lines: 100, attempts: 12, jobs: 8, lost: [], doubled: [], wrong: [], unasked: [] },
    lines: { torn: 0, problems: [] },
    refused: 2,
    totals: { requests: 100, jobs: 12 },
    accounting: accountingOf(),
    cpu: { countedMs: 1_000, systemMs: 1_000 },
    isAllMeasured: true,
    health: healthOf(),
    open: 0,
    ...changed,
  }
}

describe('the judge', () => {
  test('finds nothing wrong with a steady run, however its heap swings', () => {
    expect(judge(runOf())).toEqual([])
  })

  test('finds a leak of 200 bytes for each request', () => {
    expect(judge(runOf({ samples: samplesOf({ leakPerRequest: 200 }) }))).toEqual([
      expect.stringMatching(/^the heap grew by 1\d\.\d MB in 53400 requests; allowed are 6\.5 MB$/),
    ])
  })

  test('takes no growth of the first quarter for a leak', () => {
    const warmingUp = samplesOf().map((sample, n) => ({
      ...sample,
      heapUsed: sample.heapUsed - Math.max(0, 30 - n) * MB,
    }))
    expect(judge(runOf({ samples: warmingUp }))).toEqual([])
  })

  test('calls no run good that was too short to tell', () => {
    expect(judge(runOf({ samples: samplesOf().slice(0, 4) }))).toEqual(['too few samples of the heap'])
  })

  test.each([
    ['descriptors', { descriptors: 49 }, '49 descriptors after the load, 40 before it'],
    [
      'sockets',
      { resources: { TCPSocketWrap: 21, Timeout: 3 } },
      '21 resources TCPSocketWrap after the load, 12 before it',
    ],
    ['timers', { objects: { Timeout: 160 } }, '160 objects Timeout after the load, 60 before it'],
    ['requests', { objects: { IncomingMessage: 9 } }, '9 objects IncomingMessage after the load, 0 before it'],
    ['rejections', { unhandled: ['Error: x'] }, '1 unhandled rejections: Error: x'],
    [
      'warnings',
      { warnings: ['MaxListenersExceededWarning: y'] },
      '1 warnings of Node: MaxListenersExceededWarning: y',
    ],
  ])('finds %s that are left after the load', (_, left, complaint) => {
    const { seen } = runOf().after
    expect(judge(runOf({ after: census({ seen, ...left }) }))).toEqual([complaint])
  })

  test.each([
    ['lines of too few requests', { balance: { ...runOf().balance, lines: 99 } }, '99 request lines, expected 100'],
    [
      'requests that the totals miss',
      { totals: { requests: 98, jobs: 12 } },
      '98 requests in the totals, expected 100',
    ],
    [
      'attempts that the totals miss',
      { totals: { requests: 100, jobs: 11 } },
      '11 attempts in the totals, expected 12',
    ],
    ['a lost line', { balance: { ...runOf().balance, lost: ['plain soak-7'] } }, '1 lines lost: plain soak-7'],
    ['a torn line', { lines: { torn: 1, problems: [] } }, '1 torn lines'],
    ['an open request', { open: 1 }, '1 open requests and jobs'],
    ['a lost context', { health: { ...healthOf(), context: { ...healthOf().context, lost: 2 } } }, '2 lost contexts'],
    ['CPU that nothing explains', { accounting: accountingOf(60) }, '5.7 % of the CPU is unexplained'],
    [
      'CPU of the system that Spoor missed',
      { cpu: { countedMs: 1_000, systemMs: 1_300 } },
      'Spoor counts 1000 ms of CPU, the system 1300',
    ],
    ['a service that hangs', { exit: { code: null, signal: 'SIGKILL', hung: true } }, 'the service ended with a hang'],
    [
      'a surprise',
      { clients: { failed: 1, failures: ['slow: no answer'] } },
      '1 surprises of clients: slow: no answer',
    ],
  ])('finds %s', (_, changed, complaint) => {
    expect(judge(runOf(changed))).toEqual([complaint])
  })

  test('names five of many complaints of one kind', () => {
    const lost = Array.from({ length: 9 }, (_, n) => `plain soak-${n}`)
    const [complaint] = judge(runOf({ balance: { ...runOf().balance, lost } }))
    expect(complaint).toBe('9 lines lost: plain soak-0; plain soak-1; plain soak-2; plain soak-3; plain soak-4; …')
  })
})

test('the table has a line for each run', () => {
  const result = runOf()
  const rows = tableOf([
    { result, complaints: [] },
    { result, complaints: ['a', 'b'] },
  ]).split('\n')
  expect(rows).toHaveLength(3)
  expect(rows[1]).toMatch(/^24\.1\.0 +20\.0 .* good$/)
  expect(rows[2]).toMatch(/2 complaints$/)
})

test('the slope is that of most points, not of the wild ones', () => {
  const points = Array.from({ length: 21 }, (_, n) => [n, 3 * n])
  points[5] = [5, 10_000]
  points[20] = [20, -10_000]
  expect(slopeOf(points)).toBeCloseTo(3)
  expect(slopeOf([])).toBe(0)
})

describe('the balance', () => {
  const text = (line) => JSON.stringify({ kind: 'request', ...line })

  const attemptOf = (requestId, parentId, attempt) => ({ kind: 'job', requestId, parentId, attempt, account: 'acme' })

  /** One request of each kind, and the lines they owe. */
  function answeredBook() {
    const book = new Book()
    const plain = book.open({ kind: 'plain', account: 'acme' })
    book.answered(plain, 200)
    const publish = book.open({ kind: 'publish', account: 'globex' })
    book.answered(publish, 201)
    const left = book.open({ kind: 'leaves', account: 'acme' })
    const upgrade = book.open({ kind: 'upgrade', upgraded: true })
    book.answered(upgrade, 101)
    book.open({ kind: 'pipelined', mayBeMissing: true })
    book.refused.add('refused-1')
    book.halves++
    book.jobs.set(plain, { isBroken: false, account: 'acme' })
    book.jobs.set(left, { isBroken: true, account: 'acme' })
    const requests = [
      { requestId: plain, account: 'acme', status: 200 },
      { requestId: publish, account: 'globex', status: 201 },
      { requestId: publish, account: 'globex', user: 'wordpress', status: 204 },
      { requestId: left, account: 'acme', aborted: true },
      { requestId: upgrade, upgraded: true },
      { requestId: 'refused-1', status: 400 },
      { requestId: 'half-1', status: 400 },
      attemptOf('job-1', plain, 1),
      ...[1, 2, 3, 4].map((attempt) => ({ ...attemptOf('job-2', left, attempt), willRetry: true })),
      attemptOf('job-2', left, 5),
    ]
    return { book, requests, ids: { plain, publish, left } }
  }

  function linesOf(requests, published) {
    const lines = new Lines()
    for (const line of requests) lines.takeRequestLine(text(line))
    for (const id of published) lines.takePublished(publishedBy(id))
    return lines
  }

  const publishedBy = (id) =>
    `[2026-11-30T05:00:00.000Z] [INFO] published {"logger":"publish_sync","requestId":"${id}"}`

  test('is even if each request, attempt and webhook has its line', () => {
    const { book, requests, ids } = answeredBook()
    expect(balance(book, linesOf(requests, [ids.publish, 'job-1']))).toEqual({
      lost: [],
      doubled: [],
      wrong: [],
      unasked: [],
      answered: 3,
      jobs: 2,
      lines: 7,
      attempts: 6,
    })
  })

  test('names each line that is missing, doubled, wrong or unknown', () => {
    const { book, requests, ids } = answeredBook()
    const [plain, , webhook, left, upgrade, , , , ...attempts] = requests
    const changed = [
      { ...plain, account: 'globex' },
      webhook,
      left,
      left,
      upgrade,
      { requestId: 'unknown', path: '/' },
      ...attempts.slice(0, -1),
    ]
    expect(balance(book, linesOf(changed, ['job-1']))).toMatchObject({
      lost: [
        `publish ${ids.publish} (0 of 1)`,
        'refused bytes refused-1 (0 of 1)',
        `the last attempt of the job of ${ids.plain} (0 of 1)`,
        `attempts of the job of ${ids.plain} (0 of 1)`,
        `the line "published" of the job of ${ids.plain} (0 of 1)`,
        `the last attempt of the job of ${ids.left} (0 of 1)`,
        `attempts of the job of ${ids.left} (4 of 5)`,
        'headers that ended early (0 of 1)',
      ],
      doubled: [expect.stringMatching(/^leaves .* \(2 of 1\)$/)],
      wrong: [`plain ${ids.plain}: account globex, expected acme`],
      unasked: ['unknown'],
    })
  })

  test('owes a line for each attempt of a job that its queue tried again, and none twice', () => {
    const { book, requests, ids } = answeredBook()
    const again = { ...attemptOf('job-1', ids.plain, 2) }
    const tried = requests.map((line) => (line.requestId === 'job-1' ? { ...line, willRetry: true } : line))
    const published = [ids.publish, 'job-1']
    expect(balance(book, linesOf([...tried, again], published))).toMatchObject({ lost: [], doubled: [], wrong: [] })
    expect(balance(book, linesOf([...tried, again, again], published))).toMatchObject({
      doubled: [`the last attempt of the job of ${ids.plain} (2 of 1)`, `attempts of the job of ${ids.plain} (3 of 2)`],
      wrong: [expect.stringMatching(/attempt 2, expected 3$/)],
    })
  })

  test('misses the line that a logger of the service owes', () => {
    const { book, requests, ids } = answeredBook()
    expect(balance(book, linesOf(requests, ['job-1'])).lost).toEqual([
      `the line "published" of publish ${ids.publish} (0 of 1)`,
    ])
  })
})
