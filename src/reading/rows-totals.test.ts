import { expect, onTestFinished, test, vi } from 'vitest'
import { readAccess } from '../records/read-access.js'
import type { LineSource } from './line-source.js'
import { rowsTotals } from './rows-totals.js'

const minute = Date.UTC(2026, 10, 30, 4, 10)

/** The accounts of a request line of `writtenAt`, read at `readAt` by a thread that takes `slowMs` to each look at the clock. */
async function accountsAt(writtenAt: number, readAt: number, slowMs = 0): Promise<unknown[]> {
  vi.useFakeTimers({ now: readAt, toFake: ['Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const now = Date.now
  vi.spyOn(Date, 'now').mockImplementation(() => {
    vi.advanceTimersByTime(slowMs)
    return now()
  })
  const row = { kind: 'request', time: new Date(writtenAt).toISOString(), account: 'acme', pid: 7, durationMs: 3 }
  const rows: LineSource['rows'] = async function* () {
    yield [row]
  }
  const { usage } = await rowsTotals(rows, {
    access: readAccess('all', undefined),
    from: readAt - 3_600_000,
    process: undefined,
  })
  return usage.read({ by: 'account', spanMs: 3_600_000 }).rows.map(({ account }) => account)
}

test.each([
  ['in the ms in which its minute began', minute, minute],
  ['within its minute', minute + 20_000, minute + 20_400],
  ['in the next minute', minute + 59_990, minute + 60_010],
  ['much later', minute, minute + 3_500_000],
])('a request line is counted that is read %s', async (_, writtenAt, readAt) => {
  expect(await accountsAt(writtenAt, readAt)).toEqual(['acme'])
})

test('a request line of the open minute is counted, however slow the thread is', async () => {
  expect(await accountsAt(minute + 20_000, minute + 20_400, 20)).toEqual(['acme'])
})
