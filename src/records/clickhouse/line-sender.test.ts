import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { hooks } from '../../process/hooks.js'
import type { ClickHouse } from './clickhouse-client.js'
import { OpenBatch } from './line-batch.js'
import { LineSender, type SendingOptions } from './line-sender.js'
import { type Spilled, SpillFiles } from './spill-files.js'

/** A sender, and the inserts that are on their way. */
function senderWith(sending: Partial<SendingOptions>, spill?: SpillFiles) {
  const onTheirWay: { values: Readable; done: () => void }[] = []
  const clickHouse = {
    rows: async () => [],
    run: async () => {},
    insert: (_: string, values: Readable) =>
      new Promise<void>((resolve) => void onTheirWay.push({ values, done: resolve })),
  }
  const [unsent, warn] = [vi.fn(), vi.fn()]
  const sender = new LineSender({
    clickHouse: clickHouse as unknown as ClickHouse,
    schema: { database: 'logs', ttlDays: 1 },
    service: 'shop',
    spill,
    warn,
    unsent,
    sending: {
      everyMs: 10_000,
      batchBytes: 100_000,
      memoryBytes: 2 ** 30,
      againMs: { first: 10, most: 10 },
      flushMs: 10,
      ...sending,
    },
  })
  return { sender, onTheirWay, unsent, warn }
}

const linesOf = (letter: string): Buffer => Buffer.from(`${letter.repeat(99_999)}\n`)

test('a full batch waits for one timer, which lines that follow do not put off', async () => {
  const { sender, onTheirWay } = senderWith({})
  const timers = vi.spyOn(globalThis, 'setTimeout')
  for (let n = 0; n < 50; n++) sender.write(linesOf('a'), 1)
  expect(timers).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(onTheirWay).toHaveLength(1))
})

test('lines are sent although a timer found none before', async () => {
  const { sender, onTheirWay } = senderWith({ everyMs: 1 })
  sender.write(linesOf('a'), 1)
  const flushed = sender.flush()
  await vi.waitFor(() => expect(onTheirWay).toHaveLength(1))
  onTheirWay[0]?.done()
  await flushed
  expect(sender.waiting.lines).toBe(0)
  const directory = mkdtempSync(join(tmpdir(), 'spoor-sender-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  // With files, a sender looks for those of earlier processes, and finds none.
  const adopt = vi.spyOn(SpillFiles.prototype, 'adopt')
  const idle = senderWith({ everyMs: 1 }, new SpillFiles(directory, 2 ** 20, 'logs'))
  await vi.waitFor(() => expect(adopt).toHaveBeenCalled())
  onTheirWay.length = 0
  for (const one of [{ sender, onTheirWay }, idle]) {
    one.sender.write(linesOf('b'), 1)
    await vi.waitFor(() => expect(one.onTheirWay).toHaveLength(1))
  }
})

test('a batch that goes to a file while it is on its way to the server arrives as it was', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-sender-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const spill = new SpillFiles(directory, 2 ** 24, 'logs')
  const { sender, onTheirWay } = senderWith({ everyMs: 1, memoryBytes: 250_000 }, spill)
  sender.write(linesOf('a'), 1)
  await vi.waitFor(() => expect(onTheirWay).toHaveLength(1))
  // Memory is full with the third: the first goes to a file, and its memory must not be used again yet.
  for (const letter of ['b', 'c', 'd', 'e']) sender.write(linesOf(letter), 1)
  expect(sender.waiting.spilledBytes).toBeGreaterThanOrEqual(100_000)
  const arrived = Buffer.concat(await (onTheirWay[0] as { values: Readable }).values.toArray())
  expect(arrived.subarray(-100_000).equals(linesOf('a'))).toBe(true)
  onTheirWay[0]?.done()
  await vi.waitFor(() => expect(onTheirWay.length).toBeGreaterThan(1))
})

test('a batch without an answer is looked for some time after the server answers again, not at once', async () => {
  let answered = 0
  const looked: number[] = []
  const inserts = vi.fn(async () => {})
  inserts.mockRejectedValueOnce(new DOMException('no answer', 'TimeoutError'))
  const rows = async (query: string): Promise<unknown[]> => {
    if (!query.includes('spoor') && answered === 0 && inserts.mock.calls.length > 0) answered = performance.now()
    // The server hung with the insert, and stores it after it has answered.
    if (query.includes('ResourceAttributes')) looked.push(performance.now() - answered)
    return looked.length > 0 && (looked[0] as number) >= 100 ? [{}] : []
  }
  const sender = new LineSender({
    clickHouse: { rows, run: async () => {}, insert: inserts } as unknown as ClickHouse,
    schema: { database: 'logs', ttlDays: 1 },
    service: 'shop',
    spill: undefined,
    warn: () => {},
    unsent: () => {},
    sending: {
      everyMs: 1,
      batchBytes: 1,
      memoryBytes: 2 ** 30,
      againMs: { first: 101, most: 101 },
      flushMs: 10,
    },
  })
  sender.write(linesOf('a'), 1)
  await vi.waitFor(() => expect(sender.waiting.lines).toBe(0))
  expect(inserts).toHaveBeenCalledTimes(1)
  expect(looked).toHaveLength(1)
})

test('the lines that a closed sender could not send and has no files for are told at the end of the process', async () => {
  const before = new Set(hooks.exitTasks)
  const { sender, onTheirWay, unsent } = senderWith({ everyMs: 1 })
  sender.write(linesOf('a'), 1)
  sender.write(linesOf('b'), 1)
  await sender.close()
  const [atExit] = [...hooks.exitTasks].filter((task) => !before.has(task))
  atExit?.()
  expect(unsent.mock.calls).toEqual([[2]])
  for (let at = 0; at < 2; at++) {
    await vi.waitFor(() => expect(onTheirWay.length).toBeGreaterThan(at))
    onTheirWay[at]?.done()
  }
  await vi.waitFor(() => expect(hooks.exitTasks).toEqual(before))
})

test('the lines that a cut file lacks are told, and the others are sent', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-sender-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const spill = new SpillFiles(directory, 2 ** 24, 'logs')
  const batch = new OpenBatch()
  for (const letter of ['a', 'b', 'c']) batch.add(linesOf(letter), 1)
  spill.add(batch)
  const { path } = spill.first as Spilled
  truncateSync(path, statSync(path).size - 150_000)
  const { onTheirWay, warn } = senderWith({ everyMs: 1 }, spill)
  await vi.waitFor(() => expect(onTheirWay).toHaveLength(1))
  const sent = Buffer.concat(await (onTheirWay[0] as { values: Readable }).values.toArray())
  expect(sent.includes(linesOf('a'))).toBe(true)
  expect(warn.mock.calls).toEqual([[`${path} was cut: 2 of its 3 lines for ClickHouse are lost`]])
})

test('lines without room in memory are refused, and a directory that cannot be written is named', async () => {
  const { sender } = senderWith({ memoryBytes: 150_000 }, new SpillFiles('/proc/nowhere', 2 ** 24, 'logs'))
  sender.write(linesOf('a'), 1)
  expect(() => sender.write(linesOf('b'), 1)).toThrow(
    /^no room to keep lines for ClickHouse: .+; spill: E[A-Z]+: .+\/proc\/nowhere/,
  )
})

test('a file that was damaged is left where it is, and what follows is sent', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-sender-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const spill = new SpillFiles(directory, 2 ** 24, 'logs')
  const batch = new OpenBatch()
  batch.add(linesOf('a'), 1)
  spill.add(batch)
  writeFileSync(spill.first?.path as string, 'damaged')
  const { sender, onTheirWay } = senderWith({ everyMs: 1 }, spill)
  sender.write(linesOf('b'), 1)
  await vi.waitFor(() => expect(onTheirWay).toHaveLength(1))
  expect(readdirSync(directory)).toHaveLength(1)
  expect(sender.waiting.spilledBytes).toBe(0)
})
