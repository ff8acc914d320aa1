import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { freeDisk, SteppedWriter } from './stepper.js'

const deadThreadsAreSeen = process.platform === 'linux'
const patience = 50

/** One run: what the writers write, and in which order they go on. */
interface Run {
  readonly writers: readonly (readonly number[])[]
  readonly maxBytes: number
  readonly backups: number
  /** Who goes on, for how many steps, and with what luck: under 10 a writer dies, under 5 the disk is filled, from 20 on freed. */
  readonly order: readonly { readonly who: number; readonly steps: number; readonly luck: number }[]
  readonly faults: 'none' | 'kills' | 'full disk'
}

interface Outcome {
  readonly acknowledged: ReadonlyMap<number, number>
  /** By file, its pieces between newlines. */
  readonly files: readonly (readonly string[])[]
  readonly sizes: readonly number[]
  readonly deleted: ReadonlySet<string>
  readonly waitedTooLong: boolean
  readonly kills: number
}

const idle: SteppedWriter[] = []

afterAll(async () => {
  for (const writer of idle) await writer.kill()
})

async function play({ writers, maxBytes, backups, order, faults }: Run): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-steps-'))
  const [logs, deleted] = [join(folder, 'logs'), join(folder, 'deleted')]
  mkdirSync(deleted)
  const acknowledged = new Map<number, number>()
  const live: { id: number; writer: SteppedWriter }[] = []
  let [ids, kills, pauses] = [0, 0, 0]
  const start = async (batches: readonly number[]) => {
    const writer = idle.pop() ?? (await SteppedWriter.start())
    const id = ++ids
    writer.begin({ id, path: join(logs, 'a.log'), deleted, maxBytes, backups, batches })
    live.push({ id, writer })
  }
  const done = (index: number) => {
    const [{ id, writer }] = live.splice(index, 1) as [(typeof live)[0]]
    acknowledged.set(id, writer.acknowledged)
    pauses = Math.max(pauses, writer.pauses)
    return writer
  }
  try {
    for (const batches of writers) await start(batches)
    // Then each to its end.
    for (let at = 0; live.length > 0; at++) {
      const { who, steps, luck } = order[at] ?? { who: 0, steps: Number.POSITIVE_INFINITY, luck: 99 }
      const index = who % live.length
      const { writer } = live[index] as (typeof live)[0]
      if (luck >= 20) freeDisk()
      for (let step = 0; step < steps && !writer.isDone; step++) {
        writer.step(faults === 'full disk' && luck < 5 ? 'fill' : 'go')
      }
      if (writer.isDone) idle.push(done(index))
      else if (faults === 'kills' && luck < 10) {
        await done(index).kill()
        kills++
        // A writer that died is started again.
        await start([2, 1, 2])
      }
    }
    const names = readdirSync(logs).filter((name) => name.startsWith('a.log'))
    const texts = names.map((name) => readFileSync(join(logs, name), 'utf8'))
    return {
      acknowledged,
      files: texts.map((text) => text.split('\n').filter(Boolean)),
      sizes: texts.map((text) => text.length),
      deleted: new Set(readdirSync(deleted).flatMap((name) => readFileSync(join(deleted, name), 'utf8').split('\n'))),
      waitedTooLong: pauses >= patience,
      kills,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Long stretches, so that one stands still while others rotate; short ones, so that they meet within a rotation.
const stretch = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 250 }))

const run = (faults: Run['faults'], writers: number): fc.Arbitrary<Run> =>
  fc.record({
    writers: fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12, size: 'max' }), {
      minLength: writers,
      maxLength: writers,
    }),
    maxBytes: fc.integer({ min: 30, max: 80 }),
    backups: fc.integer({ min: 1, max: 3 }),
    order: fc.array(fc.record({ who: fc.nat(5), steps: stretch, luck: fc.nat(99) }), { maxLength: 60, size: 'max' }),
    faults: fc.constant(faults),
  })

const isLine = (text: string) => /^(\d+):(\d+);\2:\1$/.test(text)

/** Every line that was promised stands in a file, whole, and in one only. */
function expectAll({ acknowledged, files, deleted }: Outcome): void {
  const lines = files.flat().filter(isLine)
  expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([])
  const there = new Set([...lines, ...deleted])
  for (const [id, last] of acknowledged) {
    for (let seq = 1; seq <= last; seq++) expect(there).toContain(`${id}:${seq};${seq}:${id}`)
  }
}

const runs = Number(process.env['SPOOR_RUNS'] ?? 300)
vi.setConfig({ testTimeout: 180_000 * Math.max(1, runs / 300) })
const longestBatch = 3 * '1:99;99:1\n'.length

test.each([2, 3])('%i writers lose, repeat and tear no line in any order of steps', async (writers) => {
  await fc.assert(
    fc.asyncProperty(run('none', writers), async (given) => {
      const outcome = await play(given)
      expectAll(outcome)
      expect(outcome.files.flat().filter((line) => !isLine(line))).toEqual([])
      const most = given.maxBytes + (writers - 1) * longestBatch
      if (!outcome.waitedTooLong) expect(Math.max(...outcome.sizes)).toBeLessThanOrEqual(most)
    }),
    { numRuns: runs },
  )
})

// Where the system does not tell whether a thread lives, its lock is only taken over after 10 s.
test.skipIf(!deadThreadsAreSeen)(
  'writers that are killed one after the other at any step lose, repeat and tear no line either',
  async () => {
    let kills = 0
    await fc.assert(
      fc.asyncProperty(run('kills', 3), async (given) => {
        const outcome = await play(given)
        expectAll(outcome)
        expect(outcome.files.flat().filter((line) => !isLine(line))).toEqual([])
        kills += outcome.kills
      }),
      // Not a part of one: of 37.5 runs fast-check never comes to the end.
      { numRuns: Math.ceil(runs / 4) },
    )
    expect(kills).toBeGreaterThan(runs / 8)
  },
)

test('one writer leaves no half line on a disk that is full again and again', async () => {
  await fc.assert(
    fc.asyncProperty(run('full disk', 1), async (given) => {
      const outcome = await play(given)
      expectAll(outcome)
      expect(outcome.files.flat().filter((line) => !isLine(line))).toEqual([])
      expect(Math.max(...outcome.sizes)).toBeLessThanOrEqual(given.maxBytes)
    }),
    { numRuns: runs },
  )
})

test('several writers on such a disk repeat lines that they cannot continue', async () => {
  await fc.assert(
    fc.asyncProperty(run('full disk', 2), async (given) => expectAll(await play(given))),
    { numRuns: runs },
  )
})
