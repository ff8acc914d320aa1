import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../test/programs/folder.js'
import type { BeforeLine } from './before-line.js'
import { defineLogs } from './define-logs.js'
import { parseLine } from './parser.js'

async function logged(beforeLine: BeforeLine): Promise<(ReturnType<typeof parseLine> | undefined)[]> {
  const directory = temporaryFolder()
  const logs = defineLogs({ directory, beforeLine, loggers: { a: { file: 'a.log', console: false } } })
  logs.get('a').info({ postId: 7, token: 'hidden already' }, 'published')
  logs.get('a').debug('below the level')
  await logs.close()
  return linesOf(directory, 'a.log').map(parseLine)
}

describe('beforeLine', () => {
  test('receives every sanitized entry above the level, and may return it unchanged', async () => {
    const seen: unknown[] = []
    const lines = await logged((entry) => {
      seen.push(entry)
      return entry
    })
    expect(seen).toEqual([
      {
        time: expect.any(Number),
        level: 'info',
        logger: 'a',
        message: 'published',
        fields: { postId: 7, token: '[redacted]' },
      },
    ])
    expect(lines).toMatchObject([{ message: 'published', fields: { postId: 7 } }])
  })

  test('may drop an entry', async () => {
    expect(await logged(() => undefined)).toEqual([])
    expect(await logged(() => null as never)).toEqual([])
  })

  test('may change an entry, but not its logger', async () => {
    const changed = { level: 'warn', logger: 'other', message: 'changed', fields: { a: 1 }, time: 0 } as const
    expect(await logged(() => changed)).toMatchObject([{ ...changed, logger: 'a' }])
  })

  test('may name a level in any case', async () => {
    expect(await logged((entry) => ({ ...entry, level: 'WARN' }) as never)).toMatchObject([{ level: 'warn' }])
  })

  test('cannot introduce a secret, an unknown level, or a message that is not a string', async () => {
    const wrong = { time: 'now', level: 'loud', message: 'token=abc', fields: { password: 'x', n: 1n } } as never
    const lines = await logged(() => wrong)
    expect(lines).toMatchObject([
      { level: 'info', message: 'token=[redacted]', fields: { password: '[redacted]', n: '1' } },
    ])
    expect(lines[0]?.time).toBeGreaterThan(0)
  })

  test('that throws removes the message and the fields', async () => {
    const lines = await logged(() => {
      throw new Error('broken')
    })
    expect(lines).toMatchObject([
      {
        level: 'info',
        message: 'beforeLine threw; what this entry said is left out',
        fields: { error: { message: 'broken' } },
      },
    ])
    expect(lines[0]?.fields).not.toHaveProperty('postId')
  })
})
