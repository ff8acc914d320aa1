import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { clickhouseLines, clickhouseRecords } from './clickhouse.js'
import { ClickHouse, type ClickHouseCall, type ClickHouseClient } from './clickhouse-client.js'
import { type LineRow, lineOfRow } from './line-row.js'

const client = { query() {}, command() {}, exec() {} } as unknown as ClickHouseClient

describe('options for ClickHouse', () => {
  test.each([
    [{ client: {} }, 'client: expected a client of @clickhouse/client'],
    [{ client, database: 'a`; DROP TABLE x' }, 'database: expected a name of letters, digits and _'],
    [{ client, ttlDays: -1 }, 'ttlDays: expected'],
    [{ client, ttlDays: 36_500 }, 'ttlDays: expected at most 20000 days, got 36500; write 0 to keep rows for ever'],
    [{ client, tables: 'x' }, 'tables'],
  ])('name the mistake in %j', (given, message) => {
    expect(() => clickhouseRecords(given as never)).toThrow(message)
    expect(() => clickhouseLines({ spill: false, ...given } as never)).toThrow(message)
  })

  test.each([
    [undefined, 'spill: expected'],
    ['', 'spill: expected'],
    [true, 'spill: expected'],
    [{ directory: '' }, 'spill.directory: expected a non-empty string'],
    [{ directory: 'x', maxBytes: 1 }, 'spill.maxBytes: expected'],
  ])('refuse %j as a place to spill', (spill, message) => {
    expect(() => clickhouseLines({ client, spill } as never)).toThrow(message)
  })
})

test('lines that come after the first look for spilled files are sent', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const query = vi.fn(() => Promise.reject(new Error('away')))
  const handler = clickhouseLines({ client: { ...client, query }, spill: temporaryFolder() })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(query).not.toHaveBeenCalled()
  handler.write(Buffer.from('{}\n'), 1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(query).toHaveBeenCalled()
  await handler.close()
})

test('a server that does not answer is told as such, not as a request that the user aborted', async () => {
  const query = ({ abort_signal }: ClickHouseCall) =>
    new Promise<never>((_, reject) => {
      abort_signal?.addEventListener('abort', () => reject(new Error('The user aborted a request.')))
    })
  // The timer of the time limit does not keep a process alive.
  const alive = setInterval(() => {}, 1_000)
  onTestFinished(() => clearInterval(alive))
  const asked = new ClickHouse({ ...client, query }, 20).rows('SELECT 1')
  await expect(asked).rejects.toMatchObject({ name: 'TimeoutError', message: 'no answer within 0.02 s' })
})

describe('the line of a row', () => {
  const row: LineRow = {
    time: '1795521600123',
    severity: 14,
    logger: '',
    service: 'shop',
    message: 'hello\u2028',
    traceId: '4bf9',
    names: ['http.status', 'message'],
    values: ['200', 'own'],
  }

  test('of another program has its attributes as texts, its service as logger, and no second message', () => {
    expect(lineOfRow(row)).toBe(
      '{"time":"2026-11-24T12:00:00.123Z","level":"warn","logger":"shop","traceId":"4bf9","http.status":"200","message_":"own","message":"hello\\u2028"}',
    )
  })

  test('with a damaged list of names or damaged JSON is still a line', () => {
    for (const [names, values] of [
      [
        ['spoor.json', 'a'],
        ['{', '1'],
      ],
      [
        ['a', 'spoor.json'],
        ['{', '["a"]'],
      ],
    ]) {
      expect(() => JSON.parse(lineOfRow({ ...row, names, values } as LineRow))).not.toThrow()
    }
  })
})
