// `find` on random log files, compared with grep line by line.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findInFiles as find } from '../../src/reading/files/find-in-files.js'
import { groupsBelow } from '../../src/reading/files/log-groups.js'
import { readAccess } from '../../src/records/read-access.js'

const start = Date.parse('2026-11-24T07:00:00.000Z')
const everything = readAccess('all', undefined)
const iso = (at: number): string => new Date(at).toISOString()

function idAt(ms: number, last: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${last.toString(16).padStart(12, '0')}`
}

const piece = fc.record({
  /** How long after the line before, in ms. */
  gap: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 60_000 })),
  /** A writer that is late by so much. */
  late: fc.constantFrom(0, 0, 0, 20, 3_000),
  request: fc.integer({ min: 0, max: 4 }),
  /** In a job of the request. */
  isJob: fc.boolean(),
  file: fc.integer({ min: 0, max: 1 }),
  format: fc.constantFrom('json', 'text'),
  padding: fc.integer({ min: 0, max: 2_000 }),
  /** A line of another program, torn, or empty. */
  foreign: fc.constantFrom(undefined, undefined, undefined, undefined, 'nginx', 'torn', '\0\0', ''),
  /** The clock is set back by so much before this line. */
  setBack: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 2_000, 600_000, 3_600_000),
  /** The file is rotated before this line. */
  rotates: fc.constantFrom(false, false, false, false, false, true),
  /** A pause of hours before this line: jobs run later. */
  pause: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 7_200_000),
})

const corpus = fc.record({
  pieces: fc.array(piece, { minLength: 5, maxLength: 120 }),
  asked: fc.integer({ min: 0, max: 4 }),
  /** Which request lines there are. */
  requestLines: fc.constantFrom('all', 'all', 'none', 'without counts'),
})

interface Written {
  readonly ids: readonly string[]
  readonly jobs: readonly string[]
}

function write(
  directory: string,
  { pieces, requestLines }: typeof corpus extends fc.Arbitrary<infer Made> ? Made : never,
): Written {
  const ids = [0, 1, 2, 3, 4].map((n) => idAt(start + n * 15_000, n))
  const jobs = ids.map((_, n) => idAt(start + n * 15_000 + 40, n + 50))
  const files: string[][][] = [[[]], [[]]]
  const counts = new Map<string, number>()
  let at = start
  for (const [n, one] of pieces.entries()) {
    at += one.gap + one.pause - one.setBack
    const log = files[one.file] as string[][]
    if (one.rotates) log.unshift([])
    const [id, job] = [ids[one.request] as string, jobs[one.request] as string]
    const of = { requestId: one.isJob ? job : id, ...(one.isJob ? { parentId: id } : {}) }
    const line = lineOf(one.format, at - one.late, `m${n} ${'p'.repeat(one.padding)}`, of)
    if (one.foreign === undefined) counts.set(of.requestId, (counts.get(of.requestId) ?? 0) + 1)
    const text =
      one.foreign === 'nginx' ? `10.0.0.1 GET / ${id}` : one.foreign === 'torn' ? line.slice(0, -1) : one.foreign
    log[0]?.push(text ?? line)
  }
  for (const [n, log] of files.entries())
    for (const [number, lines] of log.entries())
      writeFileSync(
        join(directory, `${n}.log${number === 0 ? '' : `.${number}`}`),
        lines.map((one) => `${one}\n`).join(''),
      )
  if (requestLines !== 'none') {
    const lines = [...ids, ...jobs].map((id, n) => {
      const logs = requestLines === 'all' ? { logs: { lines: counts.get(id) ?? 0, warnings: 0, errors: 0 } } : {}
      const isJob = n >= ids.length
      const begin = start + (n % ids.length) * 15_000 + (isJob ? 7_000_000 : 0)
      const told = { kind: isJob ? 'job' : 'request', id, startedAt: iso(begin), durationMs: 100, ...logs }
      const jobsQueued = isJob ? {} : { jobsQueued: 1 }
      const parent = isJob ? { parentId: ids[n - ids.length] } : {}
      return {
        at: begin + 100,
        text: lineOf(
          'json',
          begin + 100,
          'GET / 200',
          { requestId: id, ...parent, ...told, ...jobsQueued },
          'requests',
        ),
      }
    })
    const sorted = lines.sort((a, b) => a.at - b.at).map(({ text }) => `${text}\n`)
    writeFileSync(join(directory, 'requests.jsonl'), sorted.join(''))
  }
  return { ids, jobs }
}

function lineOf(format: string, at: number, message: string, of: object, logger = 'shop'): string {
  return format === 'json'
    ? JSON.stringify({ time: iso(at), level: 'info', logger, ...of, message })
    : `[${iso(at)}] [INFO] ${message} ${JSON.stringify({ logger, ...of })}`
}

/** The lines with one of the ids, without request lines. */
function grep(directory: string, ids: readonly string[]): string[] {
  try {
    const out = execFileSync('grep', ['-rhaF', ...ids.flatMap((id) => ['-e', id]), directory], { encoding: 'latin1' })
    return out.split('\n').filter((row) => row !== '' && !row.includes('"logger":"requests"'))
  } catch {
    // grep found nothing.
    return []
  }
}

/** The number of a line of Spoor; the text of lines of other programs and of torn ones. */
const numberOf = (text: string): string => (/[} ]$/.test(text) ? (/\bm(\d+) /.exec(text)?.[0] ?? text) : text)

test('finds each line of a request and its job that grep finds', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(corpus, async (made) => {
      const directory = mkdtempSync(join(tmpdir(), 'spoor-corpus-'))
      try {
        const { ids, jobs } = write(directory, made)
        const [id, job] = [ids[made.asked] as string, jobs[made.asked] as string]
        const groups = groupsBelow(directory)
        const found = await find({ access: everything, groups, id, jobs: true })
        const lines = [...found.lines, ...found.children.flatMap((child) => child.lines)]
        const texts = lines.map(({ line, text }) =>
          numberOf(line === undefined ? (text as string) : `${line.message} `),
        )
        // The request line counts the lines of Spoor only: those of other programs are found where files were read.
        const isOfSpoor = (text: string): boolean => found.completeness === 'searched' || /^m\d+ $/.test(text)
        const expected = grep(directory, [id, job]).map(numberOf).filter(isOfSpoor)
        expect(texts.filter(isOfSpoor).sort()).toEqual(expected.sort())
        expect(found.completeness).not.toBe('quick')
        const times = found.lines.flatMap(({ line }) => line?.time ?? [])
        expect(times).toEqual([...times].sort((a, b) => a - b))
        // A quick search may miss lines, and never has one of another request.
        const quick = await find({ access: everything, groups, id, jobs: true, quick: true })
        const all = new Set(texts)
        for (const { line } of quick.lines) if (line !== undefined) expect(all).toContain(numberOf(`${line.message} `))
      } finally {
        rmSync(directory, { recursive: true })
      }
    }),
    { numRuns: 150 },
  )
})
