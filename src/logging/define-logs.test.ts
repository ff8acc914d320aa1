import { existsSync, readdirSync, readlinkSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import { createContext } from '../context/request-context.js'
import { runWith } from '../context/storage.js'
import { defineLogs, type Logs } from './define-logs.js'
import type { Handler } from './handlers/handler.js'
import { checkedWriterOf } from './logger.js'
import type { LoggerOptions } from './logger-options.js'

/** Logs without a console, so that the test's own output stays readable. */
function quiet<const Name extends string>(
  directory: string,
  loggers: { readonly [K in Name]: LoggerOptions },
): Logs<Exclude<Name, 'requests'>> {
  const silent = Object.fromEntries(
    Object.entries<LoggerOptions>(loggers).map(([name, own]) => [name, { console: false, ...own }]),
  )
  return defineLogs({ directory, loggers: silent as { [K in Name]: LoggerOptions }, root: { console: false } })
}

const memory = (): Handler & { lines: string[] } => {
  const lines: string[] = []
  return {
    lines,
    write: (bytes) => void lines.push(...bytes.toString().split('\n').slice(0, -1)),
    flush: async () => {},
    close: async () => {},
  }
}

/** How many descriptors of this process stand for the file or one that was deleted in its place. */
function opened(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(path)).length
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // The one that lists the folder.
    return ''
  }
}

describe('reopen', () => {
  test.skipIf(!existsSync('/proc/self/fd'))(
    'writes pending lines and closes every file; the next line opens it again',
    async () => {
      const directory = temporaryFolder()
      const logs = quiet(directory, { a: { file: 'a.log' }, b: { file: 'b.log' } })
      const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')]
      logs.get('a').error('1')
      logs.get('b').error('1')
      expect([opened(a), opened(b)]).toEqual([1, 1])
      logs.get('a').info('2')
      renameSync(a, `${a}.1`)
      logs.reopen()
      expect([linesOf(a).length, linesOf(`${a}.1`).length]).toEqual([1, 1])
      expect([opened(a), opened(`${a}.1`), opened(b)]).toEqual([0, 0, 0])
      logs.get('a').error('3')
      expect([linesOf(a).length, opened(a)]).toEqual([2, 1])
      await logs.close()
    },
  )
})

describe('a log domain', () => {
  test('writes to its own file in the directory, at level info, in the format publish_sync', async () => {
    const directory = temporaryFolder()
    const logs = quiet(directory, { publish_sync: { file: 'publish_sync.log' }, webhooks: { file: 'webhooks.log' } })
    logs.get('publish_sync').debug('not shown')
    runWith(createContext('request', { requestId: 'r-1', account: 'acme' }), () => {
      logs.get('publish_sync').info({ postId: 7 }, 'published')
    })
    await logs.flush()
    expect(linesOf(directory, 'publish_sync.log')).toEqual([
      expect.stringMatching(
        /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] \[INFO\] published \{"logger":"publish_sync","requestId":"r-1","account":"acme","postId":7\}$/,
      ),
    ])
    expect(existsSync(join(directory, 'webhooks.log'))).toBe(false)
    await logs.close()
  })

  test('creates nothing before its first line', async () => {
    const directory = join(temporaryFolder(), 'logs')
    const logs = quiet(directory, { a: { file: 'a.log' } })
    await logs.flush()
    expect(existsSync(directory)).toBe(false)
    logs.get('a').info('x')
    await logs.close()
    expect(linesOf(directory, 'a.log')).toHaveLength(1)
  })

  test('returns the same logger for each call', async () => {
    const logs = quiet(temporaryFolder(), { a: {} })
    expect(logs.get('a')).toBe(logs.get('a'))
    expect(logs.get('a').name).toBe('a')
    await logs.close()
  })

  test('that does not exist is refused with a list of the existing names', () => {
    const logs = quiet(temporaryFolder(), { a: {} })
    expect(() => (logs as Logs<string>).get('b')).toThrow(
      'logs.get: expected one of a, requests, got "b"; did you mean a?',
    )
  })

  test('uses the format, rotation and level of its entry', async () => {
    const directory = temporaryFolder()
    const logs = quiet(directory, {
      a: { file: 'a.log', format: 'json', level: 'debug', rotation: { maxBytes: 1, backups: 2 } },
    })
    for (const n of [1, 2, 3, 4]) logs.get('a').debug({ n }, 'x')
    await logs.close()
    const numbers = ['a.log', 'a.log.1', 'a.log.2', 'a.log.3'].map((file) =>
      linesOf(directory, file).map((line) => JSON.parse(line).n),
    )
    expect(numbers).toEqual([[4], [3], [2], []])
  })

  test('propagates to the root only by option', async () => {
    const directory = temporaryFolder()
    const none = { console: false } as const
    const logs = defineLogs({
      directory,
      loggers: {
        a: { ...none, file: 'a.log' },
        b: { ...none, file: 'b.log', propagate: true },
        c: { ...none, propagate: true },
      },
      root: { console: false, file: 'root.log', level: 'error' },
    })
    logs.get('a').info('from a')
    logs.get('b').info('from b')
    logs.get('c').info('from c')
    logs.root.info('below the root level')
    logs.root.error('from root')
    await logs.close()
    const messages = linesOf(directory, 'root.log').map((line) => line.match(/\] (from \w+) \{/)?.[1])
    // As in Python: the root's level is for the root's own entries, its handlers take what is propagated.
    expect(messages).toEqual(['from b', 'from c', 'from root'])
    expect(linesOf(directory, 'b.log')).toHaveLength(1)
  })

  test('rotates its file by the defaults where an option of rotation is undefined', () => {
    const directory = temporaryFolder()
    const logs = defineLogs({
      directory,
      console: false,
      flush: 'line',
      rotation: { maxBytes: 1_000, backups: undefined } as object,
      loggers: {
        a: { file: 'a.log', rotation: { maxBytes: undefined, keepForMs: undefined } as object },
        b: { file: 'a.log', rotation: { backups: 10 } },
      },
    })
    for (let n = 0; n < 13; n++) logs.get('a').info({ n, text: 'x'.repeat(600) }, 'full')
    expect(readdirSync(directory).filter((name) => /^a\.log(\.\d+)?$/.test(name))).toHaveLength(11)
  })

  test('makes the lines of requests the short way for handlers of Spoor, and not for those of the service', () => {
    const kept: Handler = { ...memory(), kept: { open: () => ({}) } }
    const logs = quiet(temporaryFolder(), { ours: { handlers: [kept] }, own: { handlers: [memory()] } })
    expect(checkedWriterOf(logs.get('ours'))).toBeDefined()
    expect(checkedWriterOf(logs.get('own'))).toBeUndefined()
  })

  test('passes its lines to handlers of the service, in its format', async () => {
    const handler = memory()
    const logs = quiet(temporaryFolder(), { a: { handlers: [handler], format: 'json' } })
    logs.get('a').info({ n: 1 }, 'one')
    logs.get('a').info({ n: 2 }, 'two')
    expect(handler.lines).toEqual([])
    await logs.flush()
    expect(handler.lines.map((line) => JSON.parse(line).n)).toEqual([1, 2])
    await logs.close()
  })

  test('offers a handler its refused lines again, and reports an async handler', async () => {
    const fails = { ...memory(), count: 0 }
    const write = fails.write
    fails.write = (lines, count) => {
      if (fails.count++ === 0) throw new Error('not yet')
      write(lines, count)
    }
    const rejects: Handler = { ...memory(), write: async () => Promise.reject(new Error('async')) }
    const logs = quiet(temporaryFolder(), { a: { handlers: [fails, rejects], console: false } })
    logs.get('a').info('refused at first')
    await logs.flush()
    await logs.flush()
    expect(fails.lines).toEqual([expect.stringContaining('refused at first')])
    await logs.close()
  })

  test('writes at the next turn, and at once from level error up or with flush line', async () => {
    const [turn, line] = [memory(), memory()]
    const logs = quiet(temporaryFolder(), { turn: { handlers: [turn] }, line: { handlers: [line], flush: 'line' } })
    logs.get('line').info('x')
    expect(line.lines).toHaveLength(1)
    logs.get('turn').info('x')
    expect(turn.lines).toHaveLength(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(turn.lines).toHaveLength(1)
    logs.get('turn').info('x')
    logs.get('turn').error('x')
    expect(turn.lines).toHaveLength(3)
    await logs.close()
  })

  test('writes 64 KB at once, even if the event loop never turns', async () => {
    const handler = memory()
    const logs = quiet(temporaryFolder(), { a: { handlers: [handler] } })
    for (let i = 0; i < 70; i++) logs.get('a').info('x'.repeat(1_000))
    expect(handler.lines.length).toBeGreaterThan(50)
    await logs.close()
    expect(handler.lines).toHaveLength(70)
  })
})

describe('requests', () => {
  test('is built in: requests.jsonl, as JSON', async () => {
    const directory = temporaryFolder()
    const logs = quiet(directory, {})
    logs.get('requests').info({ kind: 'request', status: 200 }, 'GET / 200')
    await logs.close()
    expect(JSON.parse(linesOf(directory, 'requests.jsonl')[0] as string)).toMatchObject({
      logger: 'requests',
      kind: 'request',
      status: 200,
      message: 'GET / 200',
    })
  })

  test('keeps its file and format if an entry sets other options', async () => {
    const directory = temporaryFolder()
    const logs = quiet(directory, { requests: { level: 'warn' } })
    logs.get('requests').info('dropped')
    logs.get('requests').warn('kept')
    await logs.close()
    expect(linesOf(directory, 'requests.jsonl').map((line) => JSON.parse(line).message)).toEqual(['kept'])
  })
})

describe('files off', () => {
  test('opens and creates nothing', async () => {
    const directory = join(temporaryFolder(), 'logs')
    const logs = defineLogs({
      directory,
      files: false,
      loggers: { a: { file: 'a.log', console: false } },
      root: { console: false },
    })
    logs.get('a').info('x')
    await logs.close()
    expect(existsSync(directory)).toBe(false)
  })
})

test('writes the same file by the format text, its old name publish_sync, and by default', () => {
  const directory = temporaryFolder()
  const logs = quiet(directory, {
    a: { file: 'a.log', format: 'text' },
    b: { file: 'b.log', format: 'publish_sync' },
    c: { file: 'c.log' },
  })
  for (const name of ['a', 'b', 'c'] as const) logs.get(name).error({ postId: 7 }, 'published')
  const [a, b, c] = ['a', 'b', 'c'].map((name) =>
    linesOf(join(directory, `${name}.log`)).map((line) => line.replace(/^\[[^\]]*\]/, '').replace(/"logger":"."/, '')),
  )
  expect(a).toEqual([' [ERROR] published {,"postId":7}'])
  expect([b, c]).toEqual([a, a])
})
