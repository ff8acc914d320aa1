import { appendFile, mkdtemp, readdir, rename, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { readAccess } from '../../records/read-access.js'
import { PlaceSeal } from '../lines/place-seal.js'
import type { LiveEvent } from '../lines/watching.js'
import { LiveLines } from './live-lines.js'
import { groupsBelow } from './log-groups.js'
import { logLines } from './log-lines.js'

let directory: string
let number = 0

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spoor-live-'))
  number = 0
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

const everything = readAccess('all', undefined)
const start = Date.parse('2026-11-24T07:00:00.000Z')
const lineOf = (message: string, account?: string, at = start + number++): string =>
  `${JSON.stringify({ time: new Date(at).toISOString(), level: 'info', logger: 'shop', account, message })}\n`
const write = (text: string, file = 'a.log'): Promise<void> => appendFile(join(directory, file), text)

/** Renames a.log to a.log.1, and so on. */
async function rotate(): Promise<void> {
  const numbers = (await readdir(directory)).flatMap((name) => /^a\.log\.(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  for (const n of numbers.sort((a, b) => b - a))
    await rename(join(directory, `a.log.${n}`), join(directory, `a.log.${n + 1}`))
  await rename(join(directory, 'a.log'), join(directory, 'a.log.1'))
}

async function view(live: LiveLines, access = everything, after?: string, takes = () => true) {
  const events: LiveEvent[] = []
  const ids: string[] = []
  const send = (event: LiveEvent): boolean => {
    if (!takes()) return false
    events.push(event)
    ids.push(event.id())
    return true
  }
  const remove = await live.add({ access, filter: {}, send }, after)
  onTestFinished(remove)
  const messages = (): string[] =>
    events.map((event) => (event.kind === 'dropped' ? `dropped ${event.lines}` : (event.line.message ?? '')))
  return { ids, messages, remove }
}

const opened = (): LiveLines => {
  const live = new LiveLines(() => groupsBelow(directory), 'async')
  onTestFinished(() => live.close())
  return live
}

describe('live lines', () => {
  test('are those written from now on, each once, across rotations under load', async () => {
    await write(lineOf('before'))
    const { messages } = await view(opened())
    const expected: string[] = []
    for (let round = 0; round < 50; round++) {
      for (let n = 0; n < 20; n++) {
        expected.push(`${round}-${n}`)
        await write(lineOf(`${round}-${n}`))
      }
      await rotate()
    }
    await write(lineOf('last'))
    await vi.waitFor(() => expect(messages()).toContain('last'), { timeout: 10_000 })
    expect(messages()).toEqual([...expected, 'last'])
  })

  test('come from log files that appear later, and not before their newline is written', async () => {
    const { messages } = await view(opened())
    await write(lineOf('first'), 'b.log')
    const half = lineOf('second')
    await write(half.slice(0, 20), 'b.log')
    await vi.waitFor(() => expect(messages()).toEqual(['first']))
    await write(half.slice(20), 'b.log')
    await vi.waitFor(() => expect(messages()).toEqual(['first', 'second']))
  })

  test('go on in the new file after the live one was deleted, without the lines of older backups', async () => {
    for (const message of ['first', 'second']) {
      await write(lineOf(message))
      await rotate()
    }
    await write(lineOf('third'))
    const { messages } = await view(opened())
    await write(lineOf('followed'))
    await vi.waitFor(() => expect(messages()).toContain('followed'))
    await write(lineOf('last of the deleted file'))
    await rm(join(directory, 'a.log'))
    await write(lineOf('new'))
    await vi.waitFor(() => expect(messages()).toContain('new'))
    expect(messages().filter((message) => !message.startsWith('dropped'))).toEqual([
      'followed',
      'last of the deleted file',
      'new',
    ])
  })

  test('go on at the beginning of a file that was emptied', async () => {
    await write(lineOf('before '.repeat(100)))
    const { messages } = await view(opened())
    await write(lineOf('followed'))
    await vi.waitFor(() => expect(messages()).toContain('followed'))
    await truncate(join(directory, 'a.log'))
    await write(lineOf('after'))
    await vi.waitFor(() => expect(messages()).toContain('after'))
    expect(messages().filter((message) => !message.startsWith('dropped'))).toEqual(['followed', 'after'])
  })

  test('go to a reader of one account only if they are of that account', async () => {
    await write(lineOf('before'))
    const live = opened()
    const acme = await view(live, readAccess('account', 'acme'))
    const all = await view(live)
    await write(
      lineOf('of acme', 'acme') +
        lineOf('of globex', 'globex') +
        lineOf('of nobody') +
        'nginx "account":"acme"\n' +
        lineOf('end', 'acme'),
    )
    await vi.waitFor(() => expect(acme.messages()).toContain('end'))
    expect(acme.messages()).toEqual(['of acme', 'end'])
    expect(all.messages()).toEqual(['of acme', 'of globex', 'of nobody', 'end'])
  })

  test('go on after the last event that a viewer got, without a line twice or missing', async () => {
    await write(lineOf('before'))
    const live = opened()
    const first = await view(live)
    for (let n = 0; n < 10; n++) await write(lineOf(`m${n}`))
    await vi.waitFor(() => expect(first.messages()).toHaveLength(10))
    first.remove()
    await write(lineOf('missed 1'))
    await rotate()
    await write(lineOf('missed 2'))
    await write(lineOf('in a new file'), 'b.log')
    const stayed = await view(live)
    const again = await view(live, everything, first.ids.at(-1))
    expect(again.messages()).toEqual(['missed 1', 'missed 2', 'in a new file'])
    await write(lineOf('new'))
    await vi.waitFor(() => expect(again.messages()).toContain('new'))
    expect(again.messages()).toEqual(['missed 1', 'missed 2', 'in a new file', 'new'])
    expect(stayed.messages()).toEqual(['new'])
  })

  test('say where a file was rotated, to viewers that see everything alone', async () => {
    await write(lineOf('before', 'acme'))
    const live = opened()
    const seen: [string, string][] = []
    const watch = async (name: string, access = everything): Promise<void> => {
      const send = (event: LiveEvent): boolean =>
        seen.push([name, event.kind === 'dropped' ? 'dropped' : (event.line.message ?? '')]) > 0
      const rotated = ({ file, bytes }: { readonly file: string; readonly bytes: number }): void => {
        seen.push([name, `${file} rotated at ${bytes}`])
      }
      onTestFinished(await live.add({ access, filter: {}, send, rotated }))
    }
    await watch('all')
    await watch('acme', readAccess('account', 'acme'))
    await write(lineOf('last', 'acme'))
    const { size } = await stat(join(directory, 'a.log'))
    await vi.waitFor(() => expect(seen).toHaveLength(2))
    await rotate()
    await write(lineOf('first', 'acme'))
    await vi.waitFor(() => expect(seen).toHaveLength(5))
    const of = (name: string) => seen.filter(([one]) => one === name).map(([, what]) => what)
    expect(of('all')).toEqual(['last', `a.log rotated at ${size}`, 'first'])
    expect(of('acme')).toEqual(['last', 'first'])
  })

  test('of one logger come whatever the format of its lines', async () => {
    await write(lineOf('before'))
    const live = opened()
    const got: unknown[] = []
    const send = (event: LiveEvent): boolean =>
      got.push(event.kind === 'dropped' ? event.lines : event.line.message) > 0
    onTestFinished(await live.add({ access: everything, filter: { loggers: ['shop.web'] }, send }))
    const time = new Date(start).toISOString()
    await write(
      `[${time}] [INFO] text {"logger":"shop.web"}\n` +
        `[${time}] [INFO] says "shop.web" {"logger":"other"}\n` +
        `{"@timestamp":"${time}","log.level":"info","message":"ecs","ecs.version":"8.10.0","log.logger":"shop.web"}\n` +
        `{"time":"${time}","level":"info","logger":"shop.web","message":"json"}\n`,
    )
    await vi.waitFor(() => expect(got).toContain('json'))
    expect(got).toEqual(['text', 'ecs', 'json'])
  })

  test('are dropped and counted for a viewer that takes no more', async () => {
    await write(lineOf('before'))
    let isTaking = false
    const live = opened()
    const slow = await view(live, everything, undefined, () => isTaking)
    const other = await view(live)
    for (let n = 0; n < 5; n++) await write(lineOf(`m${n}`))
    await vi.waitFor(() => expect(other.messages()).toHaveLength(5))
    isTaking = true
    await write(lineOf('taken'))
    await vi.waitFor(() => expect(slow.messages()).toEqual(['dropped 5', 'taken']))
  })
})

describe('live lines of a reader of one account', () => {
  const acme = readAccess('account', 'acme')

  test('have ids that tell nothing of the files, and after which only the same reader goes on', async () => {
    await write(lineOf('before', 'acme'))
    const live = opened()
    const seen = await view(live, acme)
    await write(lineOf('one', 'acme') + lineOf('foreign', 'globex') + lineOf('two', 'acme'))
    await vi.waitFor(() => expect(seen.messages()).toEqual(['one', 'two']))
    const [first = ''] = seen.ids
    expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('a.log')
    expect((await view(live, acme, first)).messages()).toEqual(['two'])
    // Lines may be missing, and the viewer is told.
    expect((await view(live, readAccess('account', 'globex'), first)).messages()).toEqual(['dropped 1'])
    expect((await view(opened(), acme, first)).messages()).toEqual(['dropped 1'])
  })

  test('do not go on after a place that the reader wrote', async () => {
    await write(lineOf('one', 'acme'))
    const live = opened()
    const all = await view(live)
    await write(lineOf('two', 'acme'))
    await vi.waitFor(() => expect(all.messages()).toEqual(['two']))
    expect((await view(live, acme, all.ids[0])).messages()).toEqual(['dropped 1'])
  })
})

describe('a page of lines', () => {
  const page = (asked: object, access = everything) =>
    logLines(asked, { groups: groupsBelow(directory), access, mode: 'async' })

  test('has the newest lines of all files first, and the pages together have each line once', async () => {
    const times = Array.from({ length: 3_000 }, (_, n) => start + n * 10 + ((n * 7_919) % 4_000))
    for (const [n, at] of times.entries()) {
      if (n === 1_000 || n === 2_000) await rotate()
      await write(lineOf(`m${n} ${'x'.repeat(300)}`, 'acme', at), n % 3 === 0 ? 'b.log' : 'a.log')
    }
    const expected = times.map((at, n) => ({ at, n })).sort((a, b) => b.at - a.at)
    const got: { at: number; n: number }[] = []
    let before: string | undefined
    do {
      const { items, next } = await page({ limit: 170, before })
      for (const { time, message } of items)
        got.push({ at: Date.parse(time ?? ''), n: Number(/^m(\d+)/.exec(message ?? '')?.[1]) })
      before = next
    } while (before !== undefined)
    expect(got.map(({ at }) => at)).toEqual(expected.map(({ at }) => at))
    expect(new Set(got.map(({ n }) => n)).size).toBe(times.length)
  })

  test('goes on among lines of the same time, also if more of them are written meanwhile', async () => {
    const at = start + 5
    for (const n of [1, 2, 3, 4, 5]) await write(lineOf(`m${n}`, 'acme', at))
    const got: (string | undefined)[] = []
    let before: string | undefined
    do {
      const { items, next } = await page({ limit: 2, before })
      got.push(...items.map(({ message }) => message))
      await write(lineOf(`late${got.length}`, 'acme', at))
      before = next
    } while (before !== undefined)
    expect(got).toEqual(['m5', 'm4', 'm3', 'm2', 'm1'])
  })

  test('has a cursor that does not depend on what others write', async () => {
    const acme = readAccess('account', 'acme')
    const times = [1, 2, 3].map((n) => start + n)
    for (const [n, at] of times.entries()) await write(lineOf(`m${n}`, 'acme', at))
    const { next } = await page({ limit: 2 }, acme)
    await rm(join(directory, 'a.log'))
    for (const [n, at] of times.entries())
      await write(`${lineOf('x'.repeat(999), 'globex', at)}${lineOf(`m${n}`, 'acme', at)}`)
    expect((await page({ limit: 2 }, acme)).next).toBe(next)
  })

  test('that ends because enough was read tells a reader of one account nothing of when others wrote', async () => {
    const acme = readAccess('account', 'acme')
    const seal = new PlaceSeal()
    const cut = (before?: string, access = acme) =>
      logLines(
        { before, limit: 10 },
        { groups: groupsBelow(directory), access, mode: 'async', maxBytes: 2 ** 20, seal },
      )
    await write(lineOf('first', 'acme'))
    for (let n = 0; n < 40; n++) await write(lineOf('x'.repeat(60_000), 'globex', start + 3_600_000 * n))
    const pages: { items: number; next: string | undefined }[] = []
    let before: string | undefined
    do {
      const { items, next } = await cut(before)
      pages.push({ items: items.length, next })
      before = next
    } while (before !== undefined)
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.at(-1)).toEqual({ items: 1, next: undefined })
    const sealed = String(pages[0]?.next)
    // Sealed twice, the same place is two texts of one length, and neither has a time in it.
    const again = String((await cut()).next)
    expect(again).not.toBe(sealed)
    expect(again).toHaveLength(sealed.length)
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toMatch(/\d{10}/)
    expect(sealed).toMatch(/^[\w-]{1,400}$/)
    for (const other of [readAccess('account', 'globex'), everything])
      await expect(cut(sealed, other)).rejects.toThrow('before: expected the `next` of a page')
  })

  test('has only the lines that the filter and the reader may have', async () => {
    await write(
      lineOf('Hello', 'acme') + lineOf('hello', 'globex') + lineOf('other', 'acme') + 'text "account":"acme" hello\n',
    )
    const of = async (asked: object, access = everything) =>
      (await page(asked, access)).items.map(({ message, account }) => `${account}: ${message}`)
    expect(await of({ text: 'HELLO' })).toEqual(['globex: hello', 'acme: Hello'])
    expect(await of({ text: 'hello' }, readAccess('account', 'acme'))).toEqual(['acme: Hello'])
    expect(await of({ account: 'globex' }, readAccess('account', 'acme'))).toEqual([])
    expect(await of({ from: start + 1, to: start + 2 })).toEqual(['globex: hello'])
    expect(await of({ level: 'warn' })).toEqual([])
    expect(await of({ loggers: ['shop'], limit: 1 })).toEqual(['acme: other'])
  })

  test('refuses a cursor that it did not make', async () => {
    await expect(page({ before: 'abc' })).rejects.toThrow('before: expected the `next` of a page')
  })
})
