import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAccess } from '../../records/read-access.js'
import type { Found } from '../find/find.js'
import { type Story, storyOf } from '../story/story.js'
import { completenessOf } from '../story/story-words.js'
import { type FindInFiles, findInFiles as find } from './find-in-files.js'
import { groupsBelow } from './log-groups.js'
import { requestRows } from './request-rows.js'

const everything = readAccess('all', undefined)
const start = Date.parse('2026-11-24T07:00:00.000Z')

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spoor-find-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

/** A UUIDv7 of a time. */
function idAt(ms: number, last = 1): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${last.toString(16).padStart(12, '0')}`
}

interface Made {
  at: number
  id?: string
  account?: string
  parentId?: string
  traceId?: string
  logger?: string
  message?: string
  fields?: object
}

const jsonLine = ({
  at,
  id,
  parentId,
  traceId,
  account,
  logger = 'publish_sync',
  message = 'x',
  fields,
}: Made): string =>
  JSON.stringify({
    time: new Date(at).toISOString(),
    level: 'info',
    logger,
    requestId: id,
    parentId,
    traceId,
    account,
    ...fields,
    message,
  })

const textLine = ({
  at,
  id,
  parentId,
  traceId,
  account,
  logger = 'publish_sync',
  message = 'x',
  fields,
}: Made): string =>
  `[${new Date(at).toISOString()}] [INFO] ${message} ${JSON.stringify({ logger, requestId: id, parentId, traceId, account, ...fields })}`

/** The request line of a request or job that took `ms`. */
function requestLine(id: string, at: number, ms: number, more: Record<string, unknown> = {}): string {
  const { parentId, account, traceId, ...fields } = more as Record<string, string>
  const made: Made = {
    at: at + ms,
    id,
    logger: 'requests',
    message: 'GET / 200',
    fields: {
      kind: 'request',
      id,
      service: 's',
      pid: 1,
      startedAt: new Date(at).toISOString(),
      durationMs: ms,
      ...fields,
    },
  }
  return jsonLine({ ...made, ...(parentId && { parentId }), ...(account && { account }), ...(traceId && { traceId }) })
}

async function write(files: Record<string, readonly string[]>): Promise<void> {
  for (const [name, lines] of Object.entries(files))
    await writeFile(join(directory, name), lines.map((line) => `${line}\n`).join(''))
}

async function found(id: string, options: Partial<FindInFiles> = {}): Promise<Found> {
  return find({ access: everything, groups: groupsBelow(directory), id, ...options })
}

const messages = ({ lines }: Pick<Found, 'lines'>): (string | undefined)[] =>
  lines.map(({ line, text }) => line?.message ?? text)

describe('find', () => {
  const id = idAt(start)
  const logs = (lines: number) => ({ logs: { lines, warnings: 0, errors: 0 } })

  test('gives the lines of an id from all files and backups in the order of their times', async () => {
    await write({
      'a.log.1': [
        textLine({ at: start + 1, id, message: 'first' }),
        textLine({ at: start + 2, message: 'of no request' }),
      ],
      'a.log': [textLine({ at: start + 4, id, message: 'third' })],
      'b.jsonl': [jsonLine({ at: start + 3, id, message: 'second' }), jsonLine({ at: start + 5, id: idAt(start, 2) })],
      'requests.jsonl': [requestLine(id, start, 10)],
    })
    const result = await found(id)
    expect(messages(result)).toEqual(['first', 'second', 'third'])
    expect(result.records).toMatchObject([{ id, durationMs: 10 }])
  })

  test('reads only where id and request line say, if all lines that the request line counts were found', async () => {
    const others = Array.from({ length: 20_000 }, (_, at) =>
      textLine({ at: start - 3_600_000 + at * 150, message: 'other' }),
    )
    const later = Array.from({ length: 20_000 }, (_, at) =>
      textLine({ at: start + 60_000 + at * 300, message: 'other' }),
    )
    await write({
      'a.log': [...others, textLine({ at: start + 1, id, message: 'own' }), ...later],
      'requests.jsonl': [requestLine(id, start, 10, logs(1))],
    })
    const result = await found(id)
    expect(messages(result)).toEqual(['own'])
    expect(result.completeness).toBe('told')
    expect(result.searched.bytes).toBeLessThan(result.searched.ofBytes * 0.9)
  })

  test('reads everything if lines that the request line counts are missing there', async () => {
    const later = Array.from({ length: 10_000 }, (_, at) =>
      textLine({ at: start + 60_000 + at * 300, message: 'other' }),
    )
    await write({
      'a.log': [
        textLine({ at: start + 1, id, message: 'own' }),
        ...later,
        textLine({ at: start + 1, id, message: 'late' }),
      ],
      'requests.jsonl': [requestLine(id, start, 10, logs(2))],
    })
    const result = await found(id)
    expect(messages(result)).toEqual(['own', 'late'])
    expect(result.completeness).toBe('searched')
  })

  test('finds the only line before the lines of a later time, in a quick search too', async () => {
    const others = Array.from({ length: 10_000 }, (_, at) => textLine({ at: start + 60_000 + at * 300 }))
    await write({
      'a.log': [textLine({ at: start + 1, id, message: 'own' }), ...others],
      'requests.jsonl': [requestLine(id, start, 10, logs(1))],
    })
    expect(messages(await found(id, { quick: true }))).toEqual(['own'])
    expect((await found(id)).completeness).toBe('told')
  })

  test('reads everything if a line says that more lines follow the request line', async () => {
    const hour = 3_600_000
    const others = Array.from({ length: 10_000 }, (_, at) =>
      textLine({ at: start + 60_000 + at * 300, message: 'other' }),
    )
    const trace = { kind: 'late', id, of: 'request', late: { lines: 1 } }
    await write({
      'a.log': [
        textLine({ at: start + 1, id, message: 'own' }),
        ...others,
        textLine({ at: start + hour, id, message: 'late' }),
      ],
      'requests.jsonl': [
        requestLine(id, start, 10, logs(1)),
        jsonLine({ at: start + hour, id, logger: 'requests', fields: trace }),
      ],
    })
    const result = await found(id)
    expect(messages(result)).toEqual(['own', 'late'])
    expect(result.completeness).toBe('searched')
  })

  test('finds lines that follow the request line closely without reading everything', async () => {
    const others = Array.from({ length: 20_000 }, (_, at) => textLine({ at: start + 60_000 + at * 300 }))
    await write({
      'a.log': [
        textLine({ at: start + 1, id, message: 'own' }),
        textLine({ at: start + 1_010, id, message: 'close' }),
        ...others,
      ],
      'requests.jsonl': [requestLine(id, start, 10, logs(1))],
    })
    const result = await found(id)
    expect(messages(result)).toEqual(['own', 'close'])
    expect(result.completeness).toBe('told')
  })

  test('does not count a line twice that its logger writes to two files', async () => {
    const one = textLine({ at: start + 1, id, message: 'one' })
    const others = Array.from({ length: 200 }, (_, at) => textLine({ at: start + 60_000 + at * 300 }))
    await write({
      'a.log': [one],
      'copy.log': [one],
      'b.log': [...others, textLine({ at: start + 2, id, logger: 'wordpress', message: 'out of order' })],
      'requests.jsonl': [requestLine(id, start, 10, logs(2))],
    })
    expect(messages(await found(id))).toEqual(['one', 'one', 'out of order'])
  })

  test('finds jobs and their outcome, and their lines where asked', async () => {
    const job = idAt(start + 5, 7)
    const deeper = idAt(start + 7_200_000, 8)
    await write({
      'a.log': [
        textLine({ at: start + 1, id, message: 'own' }),
        textLine({ at: start + 7_200_000, id: job, parentId: id, message: 'in the job' }),
        textLine({ at: start + 9_200_000, id: deeper, parentId: job, message: 'in its job' }),
      ],
      'requests.jsonl': [
        requestLine(id, start, 10, { ...logs(1), jobsQueued: 1 }),
        requestLine(job, start + 7_200_000, 5, { kind: 'job', parentId: id, jobsQueued: 1, ...logs(1) }),
        requestLine(deeper, start + 9_200_000, 5, { kind: 'job', parentId: job, ...logs(1) }),
      ],
    })
    const alone = await found(id)
    expect(messages(alone)).toEqual(['own'])
    expect(alone.children).toMatchObject([{ id: job, lines: [], records: [{ durationMs: 5 }] }])
    const followed = await found(id, { jobs: true })
    expect(followed.children.map((child) => [child.id, ...messages(child)])).toEqual([
      [job, 'in the job'],
      [deeper, 'in its job'],
    ])
  })

  test('finds a request by its record id and by the id that the client sent', async () => {
    const record = idAt(start, 9)
    await write({
      'a.log': [textLine({ at: start + 1, id: 'from-outside', message: 'own' })],
      'requests.jsonl': [requestLine('from-outside', start, 10, { id: record, clientRequestId: 'client-1' })],
    })
    for (const asked of ['from-outside', record, 'client-1']) expect(messages(await found(asked))).toEqual(['own'])
  })

  test('finds a request by its trace id', async () => {
    const traceId = 'b'.repeat(32)
    await write({
      'a.log': [
        textLine({ at: start + 51, id: idAt(start + 50), traceId, message: 'of the second' }),
        textLine({ at: start + 1, id, traceId, message: 'own' }),
      ],
      'requests.jsonl': [
        requestLine(id, start, 10, { traceId }),
        requestLine(idAt(start + 50), start + 50, 1, { traceId }),
      ],
    })
    const result = await found(traceId)
    expect([result.id, messages(result)]).toEqual([id, ['own']])
    expect(result.cameBack).toMatchObject([{ id: idAt(start + 50) }])
  })

  test('finds a short id where lines bear it, and not in other text', async () => {
    const lines = Array.from({ length: 2_000 }, (_, at) => textLine({ at: start + at, id: idAt(start, at) }))
    await write({
      'a.log': [...lines, textLine({ at: start + 1, id: '7', message: 'own' }), 'another program 7'],
      'requests.jsonl': [requestLine('7', start, 10, { ...logs(1), id })],
    })
    expect(messages(await found('7'))).toEqual(['own'])
    for (const word of ['e', 'INFO', 'publish_sync', 'x'])
      expect(await found(word)).toMatchObject({ lines: [], records: [] })
  })

  test('keeps a bounded part of millions of lines, and says how many more there are', { timeout: 60_000 }, async () => {
    const line = `${textLine({ at: start + 1, id, message: 'x'.repeat(1_000) })}\n`
    await writeFile(join(directory, 'a.log'), line.repeat(50_000))
    const { lines, leftOut, completeness } = await found(id)
    expect(lines.length + leftOut).toBe(50_000)
    expect(lines.length).toBeLessThan(40_000)
    expect(completeness).toBe('quick')
  })

  test('finds the lines of thousands of jobs in a few passes', { timeout: 60_000 }, async () => {
    const jobs = Array.from({ length: 3_000 }, (_, at) => idAt(start + 5 + at, at + 10))
    await write({
      'a.log': jobs.flatMap((job, at) => [
        textLine({ at: start + 60_000 + at, id: job, parentId: id, message: `in job ${at}` }),
        textLine({ at: start + 60_000 + at, id: idAt(start + 5 + at, at + 9_000), message: 'of no job' }),
      ]),
      'requests.jsonl': [
        requestLine(id, start, 10, { ...logs(0), jobsQueued: jobs.length }),
        ...jobs.map((job, at) => requestLine(job, start + 60_000 + at, 5, { kind: 'job', parentId: id, ...logs(1) })),
      ],
    })
    const all = await found(id, { jobs: true })
    expect(all.children.flatMap(messages)).toHaveLength(jobs.length)
    expect(all.completeness).toBe('told')
    // A quick search sees only the jobs that ended soon.
    const { children } = await found(id, { jobs: true, quick: true })
    expect(children.length).toBeGreaterThan(100)
    expect(children.flatMap(messages)).toHaveLength(children.length)
  })

  test('shows requests that came back by parent or by trace', async () => {
    const [byParent, byTrace, byClient] = [idAt(start + 50, 3), idAt(start + 60, 4), idAt(start + 70, 5)]
    await write({
      'a.log': [
        textLine({ at: start + 1, id, traceId: 'a'.repeat(32) }),
        textLine({ at: start + 51, id: byParent, parentId: id }),
      ],
      'requests.jsonl': [
        requestLine(id, start, 10, { traceId: 'a'.repeat(32) }),
        requestLine(byParent, start + 50, 1, { parentId: id }),
        requestLine(byTrace, start + 60, 1, { traceId: 'a'.repeat(32) }),
        requestLine(byClient, start + 70, 1, { clientRequestId: id, clientTraceId: 'a'.repeat(32) }),
      ],
    })
    const { cameBack, children } = await found(id)
    expect(cameBack.map((one) => one.id)).toEqual([byParent, byTrace, byClient])
    expect(children).toEqual([])
  })

  test('gives a reader of one account its own lines only, and no line that Spoor did not write', async () => {
    await write({
      'a.log': [
        textLine({ at: start + 1, id, account: 'acme', message: 'own' }),
        textLine({ at: start + 2, id, account: 'globex', message: 'foreign' }),
        textLine({ at: start + 3, id, message: 'of no account' }),
        `nginx ${id} "account":"acme"`,
      ],
      'requests.jsonl': [requestLine(id, start, 10, { account: 'globex' })],
    })
    const result = await found(id, { access: readAccess('account', 'acme') })
    expect(messages(result)).toEqual(['own'])
    expect(result.records).toEqual([])
  })

  test('names files that could not be opened, and is then not complete', async () => {
    await write({
      'a.log': [textLine({ at: start + 1, id, message: 'own' })],
      'requests.jsonl': [requestLine(id, start, 10)],
    })
    const groups = groupsBelow(directory)
    await rm(join(directory, 'a.log'))
    const result = await find({ access: everything, groups, id })
    expect(result).toMatchObject({ completeness: 'quick', vanished: ['a.log'], lines: [] })
    const story = storyOf(result, { record: (record) => record, line: (line) => line }) as Story
    expect(completenessOf(story)).toMatch(
      /^not complete: a\.log could not be opened: it was removed during the search, or you may not read it; read /,
    )
    const skipped: string[] = []
    await rm(join(directory, 'requests.jsonl'))
    const asked = {
      groups,
      access: everything,
      from: 0,
      mode: 'async',
      skipped: (name: string) => skipped.push(name),
    } as const
    for await (const rows of requestRows(asked)) expect(rows).toEqual([])
    expect(skipped).toEqual(['requests.jsonl'])
  })

  test('does not take a line of another logger for a request line', async () => {
    await write({ 'a.log': [requestLine(id, start, 10).replace('"logger":"requests"', '"logger":"publish_sync"')] })
    expect((await found(id)).records).toEqual([])
  })

  test('copes with binary, torn and endless lines and shows lines of other programs', async () => {
    const endless = `${'x'.repeat(3_000_000)} ${id} ${'y'.repeat(3_000_000)}`
    await write({
      'a.log': ['\0\xff\0', textLine({ at: start, id, message: 'torn' }).slice(0, -1), endless, `other ${id}`],
      'requests.jsonl': [],
    })
    const { lines } = await found(id)
    expect(lines.map(({ line }) => line)).toEqual([undefined, undefined, undefined])
    expect(lines.map(({ text }) => text?.length)).toEqual([
      expect.any(Number),
      expect.any(Number),
      `other ${id}`.length,
    ])
  })

  test('leaves out the lines that other programs wrote about a longer id', async () => {
    const order = 'order-2026-11-24-1'
    const texts = [`nginx ${order}`, `{"reqId":"${order}"}`, `${order}0 and ${order}: both`, `a\\n${order}-b7ad`]
    await write({ 'a.log': [`nginx ${order}0`, `{"reqId":"${order}0"}`, ...texts] })
    const { lines } = await found(order)
    expect(lines.map(({ text }) => text)).toEqual(texts)
  })
})

describe('a search of a program through large files', () => {
  // Less than 64 MB is read without other threads.
  const padding = `${textLine({ at: start, message: 'other'.repeat(40) })}\n`.repeat(6_000)
  const names = Array.from({ length: 48 }, (_, number) => `a${number}.log`)

  test('finds with threads what it finds without', async () => {
    const wanted = 'client-1-0123456789'
    const rows = names.map((name, number) => {
      const own = textLine({ at: start + number, id: 'x', message: `${wanted} in ${name}` })
      const many = number === 40 ? `${wanted}\n`.repeat(500) : `nginx ${wanted} ${wanted}\n`
      return writeFile(
        join(directory, name),
        `${padding}${own}\n${many}${padding.slice(0, number * 997)}${wanted} torn`,
      )
    })
    await Promise.all(rows)
    // Beside them zeros without end: this thread is still busy when the others have started.
    for (const name of names) {
      await writeFile(join(directory, `${name}.1`), '')
      await truncate(join(directory, `${name}.1`), 2 ** 24)
    }
    const places = ({ lines }: Found) => lines.map(({ file, start: at, text }) => `${file.name} ${at} ${text}`).sort()
    const alone = await found(wanted)
    const withThreads = await found(wanted, { mode: 'blocking' })
    expect(places(withThreads)).toEqual(places(alone))
    expect(places(alone)).toHaveLength(47 + 500 + 48)
    expect(withThreads.searched).toEqual(alone.searched)
    expect(withThreads.completeness).toBe('searched')
  }, 60_000)
})

describe('a search over random files', () => {
  const line = fc.record({
    // Several writers: lines are up to 4 s out of order.
    gap: fc.integer({ min: 0, max: 2_000 }),
    disorder: fc.integer({ min: 0, max: 4_000 }),
    request: fc.integer({ min: 0, max: 5 }),
    isText: fc.boolean(),
    padding: fc.integer({ min: 0, max: 3_000 }),
    foreign: fc.constantFrom(undefined, undefined, undefined, 'nginx', '\0', '{"a":1}', ''),
  })
  const corpus = fc.record({
    files: fc.array(fc.array(line, { maxLength: 60 }), { minLength: 1, maxLength: 4 }),
    setBack: fc.constantFrom(0, 0, 0, 3_600_000),
    asked: fc.integer({ min: 0, max: 5 }),
    withRequestLines: fc.boolean(),
    lateAfter: fc.constantFrom(0, 0, 30_000, 7_200_000),
  })

  test('finds each line that a full comparison finds', async () => {
    await fc.assert(
      fc.asyncProperty(corpus, async ({ files, setBack, asked, withRequestLines, lateAfter }) => {
        let at = start
        const ids = Array.from({ length: 6 }, (_, one) => idAt(start + one * 20_000, one))
        const counts = new Map<string, number>()
        const written: Record<string, string[]> = {}
        const expected: string[] = []
        let number = 0
        for (const [index, lines] of files.entries()) {
          const own: string[] = []
          if (index === 1) at -= setBack
          for (const { gap, disorder, request, isText, padding, foreign } of lines) {
            at += gap
            if (foreign !== undefined) {
              own.push(foreign)
              continue
            }
            const id = ids[request] as string
            const message = `m${number++} ${'p'.repeat(padding)}`
            const one = { at: at - disorder, id, message }
            own.push(isText ? textLine(one) : jsonLine(one))
            counts.set(id, (counts.get(id) ?? 0) + 1)
            if (request === asked) expected.push(message)
          }
          // The first file is the oldest.
          written[`a.log${index === files.length - 1 ? '' : `.${files.length - 1 - index}`}`] = own
        }
        const id = ids[asked] as string
        if (lateAfter > 0) {
          expected.push('late')
          written['a.log']?.push(textLine({ at: at + lateAfter, id, message: 'late' }))
          counts.set(id, (counts.get(id) ?? 0) + 1)
        }
        if (withRequestLines) {
          written['requests.jsonl'] = ids.map((one, place) =>
            requestLine(one, start + place * 20_000, 100, {
              logs: { lines: counts.get(one) ?? 0, warnings: 0, errors: 0 },
            }),
          )
        }
        await rm(directory, { recursive: true })
        directory = await mkdtemp(join(tmpdir(), 'spoor-find-'))
        await write(written)
        const result = await found(id)
        expect(messages(result).sort()).toEqual([...expected].sort())
      }),
      { numRuns: 60 },
    )
  })
})
