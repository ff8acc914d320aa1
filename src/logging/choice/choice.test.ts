import fc from 'fast-check'
import { createSpoor, defineLogs, type LogsOptions } from 'spoor'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { placeOf } from './sampling.js'

type Line = Record<string, unknown> & { level: string; message: string; logger: string }

function service(options: Partial<LogsOptions<never>>) {
  const lines: Line[] = []
  const handler = {
    write: (data: Buffer) =>
      void lines.push(
        ...data
          .toString()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      ),
    flush: async () => {},
    close: async () => {},
  }
  const own = { handlers: [handler], format: 'json', file: undefined, console: false } as const
  const logs = defineLogs({ files: false, flush: 'line', ...options, root: own, loggers: { a: own, requests: own } })
  const spoor = createSpoor({ service: 'test', logs })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
  })
  const log = logs.get('a')
  /** Runs a job. */
  const job = (fn: () => unknown): Promise<unknown> => spoor.runChild(spoor.carry(), { name: 'job' }, async () => fn())
  return { logs, log, spoor, job, lines, of: (logger: string) => lines.filter((line) => line.logger === logger) }
}

const failing = () => {
  throw new Error('broken')
}

describe('detail', () => {
  test('writes the lines of a failed job, oldest first, as late, and before its line', async () => {
    const { log, job, lines } = service({ detail: { level: 'debug' } })
    await job(() => {
      log.debug({ step: 1 }, 'first')
      log.info('second')
      log.debug('third %d', 3)
      failing()
    }).catch(() => {})
    const own = lines.filter(({ logger }) => logger !== 'root')
    expect(own.map(({ message, late }) => [message, late])).toEqual([
      ['second', undefined],
      ['first', true],
      ['third 3', true],
      [expect.stringMatching(/^job failed/), undefined],
    ])
    const [second, first] = own as [Line, Line]
    expect(first).toMatchObject({ level: 'debug', step: 1, requestId: second['requestId'] })
    expect(String(first['time']) <= String(second['time'])).toBe(true)
    expect(own.at(-1)).toMatchObject({ logs: { lines: 3 } })
  })

  test('forgets the lines of a job that did not fail', async () => {
    const { log, job, of } = service({ detail: {} })
    await job(() => log.debug('quiet'))
    expect(of('a')).toEqual([])
  })

  test('writes the lines of a slow job, and of one that `when` selects', async () => {
    const slow = service({ detail: { slowMs: 5 } })
    await slow.job(async () => {
      slow.log.debug('slow')
      await new Promise((resolve) => setTimeout(resolve, 10))
    })
    expect(slow.of('a')).toHaveLength(1)
    const when = vi.fn(() => true)
    const selected = service({ detail: { when } })
    await selected.job(() => selected.log.debug('selected'))
    expect(selected.of('a')).toHaveLength(1)
    expect(when).toHaveBeenCalledWith({ status: undefined, durationMs: expect.any(Number), error: undefined })
  })

  test('says once that `when` threw, and leaves the lines out', async () => {
    const { log, job, of } = service({ detail: { when: failing } })
    for (let n = 0; n < 3; n++) await job(() => log.debug('a'))
    expect(of('a')).toEqual([])
    expect(of('root').map(({ message }) => message)).toEqual([
      'detail.when threw; lines of such requests are not written',
    ])
  })

  test('keeps the last lines, and says how many were left out', async () => {
    const { log, job, of } = service({ detail: { keepLines: 3 } })
    await job(() => {
      for (let n = 1; n <= 8; n++) log.debug('line %d', n)
      failing()
    }).catch(() => {})
    expect(of('a').map(({ message, lateLeftOut }) => [message, lateLeftOut])).toEqual([
      ['line 6', 5],
      ['line 7', undefined],
      ['line 8', undefined],
    ])
  })

  test('keeps at most 256 KB of a job', async () => {
    const { log, job, of } = service({ detail: { keepLines: 10_000 } })
    const text = 'x'.repeat(10_000)
    await job(() => {
      for (let n = 0; n < 100; n++) log.debug({ n, text }, 'long')
      failing()
    }).catch(() => {})
    const lines = of('a')
    expect(lines).toHaveLength(25)
    expect(lines[0]).toMatchObject({ n: 0, lateLeftOut: 75 })
  })

  test('keeps what a value was when it was logged', async () => {
    const { log, job, of } = service({ detail: {} })
    await job(() => {
      const post = { title: 'before' }
      log.debug({ post }, 'saved')
      post.title = 'after'
      failing()
    }).catch(() => {})
    expect(of('a')[0]).toMatchObject({ post: { title: 'before' } })
  })

  test('keeps no secret, and leaves a field named late to the mark', async () => {
    const { log, job, lines, of } = service({ detail: {} })
    await job(() => {
      log.debug({ password: 'hunter2', late: 'mine' }, 'signed in')
      failing()
    }).catch(() => {})
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(of('a')[0]).toMatchObject({ late: true, password: '[redacted]' })
  })

  test('drops lines outside requests and below its level', async () => {
    const { log, job, of } = service({ detail: { level: 'debug' } })
    log.debug('outside')
    await job(() => {
      log.trace('too low')
      failing()
    }).catch(() => {})
    expect(of('a')).toEqual([])
  })

  test('says that its level is enabled in a job, and not outside', async () => {
    const { log, job } = service({ detail: {} })
    expect(log.isLevelEnabled('debug')).toBe(false)
    await job(() => expect(log.isLevelEnabled('debug')).toBe(true))
  })
})

describe('sample', () => {
  test('leaves out whole jobs: lines below warn, and no others', async () => {
    const { log, job, lines } = service({ sample: 0.5 })
    for (let n = 0; n < 200; n++)
      await job(() => {
        log.info('one')
        log.info('two')
        log.warn('three')
      })
    const byId = grouped(lines)
    const sizes = [...byId.values()].map((own) => own.length)
    expect(byId.size).toBe(200)
    // Without a sample: two lines, a warning and the line of the job.
    expect(new Set(sizes)).toEqual(new Set([2, 4]))
    const written = sizes.filter((size) => size === 4).length
    expect(written).toBeGreaterThan(60)
    expect(written).toBeLessThan(140)
  })

  test.each([
    [0, 0],
    [1, 20],
  ])('%d writes the lines of %d of 20 jobs', async (sample, count) => {
    const { log, job, of } = service({ sample })
    for (let n = 0; n < 20; n++) await job(() => log.info('one'))
    expect(of('a')).toHaveLength(count)
  })

  test('leaves no line outside requests out', () => {
    const { log, of } = service({ sample: 0 })
    log.info('outside')
    expect(of('a')).toHaveLength(1)
  })

  test('with detail, writes what it left out if the job fails', async () => {
    const { log, job, of } = service({ sample: 0, detail: { level: 'info' } })
    await job(() => {
      log.info('kept')
      failing()
    }).catch(() => {})
    expect(of('a')[0]).toMatchObject({ message: 'kept', late: true })
  })

  test('spreads ids of any kind evenly', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '01a20dde-1314-7c1e-9b52-', 'request '), fc.nat(1_000_000), (head, from) => {
        const places = Array.from({ length: 2_000 }, (_, n) => placeOf(`${head}${from + n}`))
        for (const share of [0.1, 0.5, 0.9]) {
          const below = places.filter((place) => place < share).length / places.length
          expect(Math.abs(below - share)).toBeLessThan(0.06)
        }
      }),
      { numRuns: 50 },
    )
  })
})

function grouped(lines: readonly Line[]): Map<unknown, Line[]> {
  const byId = new Map<unknown, Line[]>()
  for (const line of lines) byId.set(line['requestId'], [...(byId.get(line['requestId']) ?? []), line])
  return byId
}

describe('flood', () => {
  test('writes so many lines of one message, then how many were left out', async () => {
    const { logs, log, of } = service({ flood: { lines: 3, everyMs: 60_000 } })
    for (let n = 0; n < 10; n++) log.warn({ n }, 'the same %d', n)
    log.warn('another')
    await logs.flush()
    expect(of('a').map(({ message, leftOut }) => [message, leftOut])).toEqual([
      ['the same 0', undefined],
      ['the same 1', undefined],
      ['the same 2', undefined],
      ['another', undefined],
      ['7 more lines with this message were left out: the same %d', 7],
    ])
  })

  test('limits no error', () => {
    const { log, of } = service({ flood: { lines: 1 } })
    for (let n = 0; n < 5; n++) log.error('bad')
    expect(of('a')).toHaveLength(5)
  })

  test('says after the time what it left out, by itself', async () => {
    const { log, of } = service({ flood: { lines: 1, everyMs: 20 } })
    for (let n = 0; n < 5; n++) log.info('same')
    await vi.waitUntil(() => of('a').some(({ leftOut }) => leftOut === 4))
    log.info('same')
    expect(of('a').at(-1)).toMatchObject({ message: 'same' })
  })

  test('counts every line, whatever the messages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_500), { maxLength: 3_000 }), async (messages) => {
        const { logs, log, of } = service({ flood: { lines: 2, everyMs: 60_000 } })
        for (const message of messages) log.info(`m${message}`)
        await logs.flush()
        const written = of('a').filter(({ leftOut }) => leftOut === undefined).length
        const left = of('a').reduce((sum, { leftOut = 0 }) => sum + (leftOut as number), 0)
        expect(written + left).toBe(messages.length)
      }),
      { numRuns: 10 },
    )
  })
})

test.each<[string, object, string]>([
  [
    'detail of a text',
    { detail: 'debug' },
    'detail: expected an object, got "debug"; write detail: { level: \'debug\' }',
  ],
  ['detail of an unknown level', { detail: { level: 'loud' } }, 'detail.level: expected one of trace'],
  [
    'too many kept lines',
    { detail: { keepLines: 20_000 } },
    'detail.keepLines: expected a whole number of lines from 1 to 10000',
  ],
  ['a share in percent', { sample: 10 }, 'sample: expected a number from 0 to 1, got 10; for 10 %, write 0.1'],
  ['a flood without lines', { flood: {} }, 'flood.lines: expected a whole number of lines'],
])('%s is a mistake', (_, options, message) => {
  expect(() => defineLogs({ loggers: {}, files: false, ...options })).toThrow(message)
})
