import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Handler, memoryRecords, type RecordStore, WriteError } from 'spoor'
import { type TestedHandler, testHandler, testRecordStore } from 'spoor/testing'
import { expect, test } from 'vitest'
import { FileHandler } from '../logging/handlers/file.js'
import { MemoryRecords } from '../records/memory-store.js'
import { handlerCases } from './handlers/cases.js'
import { storeCases } from './records/cases.js'

/** A handler that keeps what it writes in memory, and breaks on demand. */
function inMemory(change: (good: Handler, written: Buffer[]) => Partial<Handler> = () => ({})): () => TestedHandler {
  return () => {
    const written: Buffer[] = []
    let isBroken = false
    const good: Handler = {
      write(lines) {
        if (isBroken) throw new WriteError(new Error('socket closed'), 0)
        written.push(lines)
      },
      flush: async () => {},
      close: async () => {},
    }
    return {
      handler: { ...good, ...change(good, written) },
      written: () => Buffer.concat(written),
      break: () => {
        isBroken = true
      },
      mend: () => {
        isBroken = false
      },
    }
  }
}

function inFile(): TestedHandler {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-kit-'))
  const [directory, path] = [join(folder, 'logs'), join(folder, 'logs', 'a.log')]
  const handler = new FileHandler(path, { maxBytes: 10 * 2 ** 20, backups: 2, mode: 0o640, warn: () => {} })
  return {
    handler,
    written() {
      try {
        return readFileSync(path)
      } catch {
        return ''
      }
    },
    // The directory is away, and a file has its name.
    break() {
      try {
        renameSync(directory, `${directory}.away`)
      } catch {}
      writeFileSync(directory, '')
    },
    mend() {
      rmSync(directory)
      try {
        renameSync(`${directory}.away`, directory)
      } catch {}
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const all = handlerCases.map(({ says }) => says)

test('testHandler passes for the handler of files, with every case', async () => {
  expect(await testHandler(inFile)).toEqual({ passed: all, leftOut: [] })
})

test('testHandler passes for a handler in memory, and names the cases that it left out', async () => {
  expect(await testHandler(inMemory())).toEqual({ passed: all, leftOut: [] })
  const { passed, leftOut } = await testHandler(() => {
    const { break: _, mend: __, ...plain } = inMemory()()
    return plain
  })
  expect([passed.length, leftOut.length]).toEqual([all.length - 3, 3])
  expect(leftOut[0]).toMatch(/\(the handler under test has no break and mend\)$/)
})

/** Handlers with one fault each, and a case that finds it. */
const faulty: readonly [fault: string, change: Parameters<typeof inMemory>[0], found: RegExp][] = [
  [
    'cuts lines',
    (good) => ({ write: (lines, count) => good.write(lines.subarray(0, -1), count) }),
    /^writes whole lines/,
  ],
  [
    'loses the first line of a write',
    (good) => ({ write: (lines, count) => good.write(lines.subarray(lines.indexOf(10) + 1), count) }),
    /^writes whole lines/,
  ],
  [
    'writes each line twice',
    (good) => ({ write: (lines, count) => good.write(Buffer.concat([lines, lines]), count) }),
    /^writes whole lines/,
  ],
  ['turns the order', (_, written) => ({ write: (lines) => void written.unshift(lines) }), /^keeps the order/],
  [
    'cuts long lines',
    (good) => ({ write: (lines, count) => good.write(lines.length > 60_000 ? lines.subarray(-100) : lines, count) }),
    /^writes a line of 64 KB/,
  ],
  [
    'writes ASCII only',
    (good) => ({ write: (lines, count) => good.write(Buffer.from(lines.toString('ascii')), count) }),
    /^changes no byte/,
  ],
  [
    'is an async function',
    (good) => ({ write: (async (lines: Buffer, count: number) => good.write(lines, count)) as never }),
    /^returns no promise/,
  ],
  [
    'writes behind flush',
    (good) => ({ write: (lines, count) => void setTimeout(() => good.write(lines, count), 5) }),
    /^has written all lines when flush/,
  ],
  ['never resolves flush', () => ({ flush: () => new Promise<never>(() => {}) }), /^settles flush/],
  [
    'loses what it holds at close',
    (good) => {
      let held: Buffer[] = []
      const write = (lines: Buffer): void => void held.push(lines)
      const flush = async (): Promise<void> => void good.write(Buffer.concat(held.splice(0)), 1)
      const close = async (): Promise<void> => {
        held = []
      }
      return { write, flush, close }
    },
    /^has written all lines when close/,
  ],
  [
    'throws at the second close',
    () => {
      let isClosed = false
      const close = async (): Promise<void> => {
        if (isClosed) throw new Error('closed already')
        isClosed = true
      }
      return { close }
    },
    /^may be closed twice/,
  ],
  [
    'drops lines silently after close',
    (good) => {
      let isClosed = false
      const close = async (): Promise<void> => {
        isClosed = true
      }
      return { close, write: (lines, count) => (isClosed ? undefined : good.write(lines, count)) }
    },
    /^loses no line silently/,
  ],
  [
    'swallows its errors',
    (good) => ({
      write(lines, count) {
        try {
          good.write(lines, count)
        } catch {}
      },
    }),
    /^writes lines later/,
  ],
  [
    'counts bytes within a line as written',
    (good) => ({
      write(lines, count) {
        try {
          good.write(lines, count)
        } catch (error) {
          throw new WriteError(error, 7)
        }
      },
    }),
    /^says in a WriteError/,
  ],
]

test.each(faulty)(
  'testHandler finds a handler that %s',
  async (_, change, found) => {
    const error = await testHandler(inMemory(change), { withinMs: 600 }).then(
      () => undefined,
      (thrown: unknown) => thrown as Error & { actual: string[] },
    )
    expect(error?.actual.some((says) => found.test(says))).toBe(true)
    expect(error?.message).toMatch(/^testHandler: \d+ of 13 cases failed\n- /)
  },
  120_000,
)

test('testRecordStore passes for memoryRecords', async () => {
  let now = 0
  const pass = (ms: number): void => {
    now += ms
  }
  const { passed, leftOut } = await testRecordStore((size) => ({ store: new MemoryRecords(size, () => now), pass }))
  expect([passed.length, leftOut]).toEqual([storeCases.length, []])
}, 120_000)

test('testRecordStore lists each failed case with its reason, and leaves out what a store lacks', async () => {
  const faultyStore = (size: object): RecordStore => {
    const store = memoryRecords(size)
    return {
      ...store,
      // It forgets whose the records are, and gives pages of any size.
      get: (access, id) => (id === '' ? undefined : store.get(access, id)),
      list: async (access, filter) => store.list(access, { ...filter, account: undefined }),
    }
  }
  const lacks = {
    'holds 10,000 records': 'it is small',
    'keeps a record for its time': 'slow',
    'keeps no record longer': 'slow',
  }
  const error = await testRecordStore(faultyStore, { lacks }).then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  )
  expect(error?.message.split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^testRecordStore: \d+ of \d+ cases failed$/),
    expect.stringMatching(/^- does not show more because of a filter: expected \[\], got \[/),
  ])
  await expect(testRecordStore(memoryRecords, { lacks: { 'no such case': 'x' } })).rejects.toThrow(
    'lacks: expected the first words of a case, got "no such case"',
  )
}, 120_000)
