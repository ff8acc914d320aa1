// `spoor level` and services that run meanwhile.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { mayMount, smallDisk } from '../faults/disk.js'
import { build, objects, spoor } from './command-line.js'

let directory: string

beforeAll(() => {
  build()
  directory = mkdtempSync(`${tmpdir()}/spoor-level-`)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const program = (place: string) => `
  import { defineLogs } from 'spoor'
  const logs = defineLogs({ directory: ${JSON.stringify(place)}, console: false, loggers: { a: { file: 'a.log' } } })
  process.on('message', () => {
    const timer = setInterval(() => {
      if (!logs.get('a').isLevelEnabled('debug')) return
      clearInterval(timer)
      process.send(Date.now())
    }, 5)
  })
  process.send('ready')
`

async function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)))
  })
}

test('a change reaches each of 8 processes within a second', async () => {
  const place = join(directory, 'eight')
  mkdirSync(place)
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program(place)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  await Promise.all(children.map(message))
  const seen = children.map(message)
  for (const child of children) child.send('look')
  expect((await spoor(['level', 'a', 'debug', '--dir', place])).code).toBe(0)
  const written = statSync(join(place, 'levels.json')).mtimeMs
  const delays = (await Promise.all(seen)).map((at) => (at as number) - written)
  // 400 ms between two looks; the rest is for a busy machine.
  expect(Math.max(...delays)).toBeLessThan(5_000)
})

test('sets, lists, replaces and clears levels', async () => {
  const place = join(directory, 'list')
  mkdirSync(place)
  const run = (...args: string[]) => spoor(['level', ...args, '--dir', place])
  expect(await run()).toMatchObject({ code: 1, out: 'All levels are those of the options\n' })
  expect((await run('publish_sync', 'debug', '--for', '10m', '--account', 'acme')).out).toMatch(
    /^publish_sync at debug for account acme until \d{4}-/,
  )
  await run('TRACE', '--request', 'r1')
  await run('publish_sync', 'trace', '--account', 'acme')
  const rules = objects((await run('--json')).out)
  expect(rules.map(({ until, directory: _, ...rule }) => rule)).toEqual([
    { requestId: 'r1', level: 'trace' },
    { logger: 'publish_sync', account: 'acme', level: 'trace' },
  ])
  expect(JSON.parse(readFileSync(join(place, 'levels.json'), 'utf8'))).toMatchObject({ version: 1 })
  expect((statSync(join(place, 'levels.json')).mode & 0o777).toString(8)).toBe('640')
  expect((await run('--clear', 'publish_snyc')).out).toBe(
    'No rule for publish_snyc holds. 2 other rules still hold: spoor level\n',
  )
  expect((await run('--clear', '--account', 'acme')).out).toBe(
    'all loggers for account acme: the level of the options again. 1 other rule still holds: spoor level\n',
  )
  expect(objects((await run('--json')).out)).toHaveLength(1)
  expect(await run('--clear')).toMatchObject({ code: 0, out: 'The levels are those of the options again\n' })
  expect((await run()).code).toBe(1)
})

test('writes beside the log files of each directory below', async () => {
  const place = join(directory, 'below')
  for (const name of ['one', 'two']) {
    mkdirSync(join(place, name), { recursive: true })
    writeFileSync(join(place, name, 'a.log'), '')
  }
  await spoor(['level', 'debug', '--dir', place])
  for (const name of ['one', 'two']) expect(statSync(join(place, name, 'levels.json')).isFile()).toBe(true)
})

test.each([
  [['publish_sync', 'loud'], 'level: expected one of trace'],
  [['publish_sync'], '; to set a logger: spoor level publish_sync LEVEL'],
  [['debug', '--for', '10'], '--for: expected a time from 1s to 7d'],
  [['debug', '--for', '30d'], '--for: expected a time from 1s to 7d'],
  [['debug', '--dir', '/no/such/directory'], 'there is no directory /no/such/directory'],
])('%j is wrong use', async (args, reason) => {
  const { code, err } = await spoor(['level', ...args])
  expect(code).toBe(2)
  expect(err).toContain(reason)
})

test('a broken file is told, and stays', async () => {
  const place = join(directory, 'broken')
  mkdirSync(place)
  writeFileSync(join(place, 'levels.json'), '{"version":')
  const { code, err } = await spoor(['level', 'debug', '--dir', place])
  expect(code).toBe(2)
  expect(err).toContain('cannot be used; correct or delete it')
  expect(readFileSync(join(place, 'levels.json'), 'utf8')).toBe('{"version":')
})

test.skipIf(!mayMount)(
  'on a disk with room for half of the new file, the old file stays and the command fails',
  async () => {
    const place = smallDisk(64)
    const until = new Date(Date.now() + 600_000).toISOString()
    const levels = Array.from({ length: 100 }, (_, n) => ({ account: `acme-${n}`, level: 'debug', until }))
    writeFileSync(join(place, 'levels.json'), JSON.stringify({ version: 1, levels }))
    const { bavail, bsize } = statfsSync(place)
    writeFileSync(join(place, 'ballast'), Buffer.alloc((bavail - 1) * bsize))
    const { code, err } = await spoor(['level', 'info', '--dir', place])
    expect([code, err]).toEqual([2, expect.stringContaining('ENOSPC')])
    expect(objects((await spoor(['level', '--json', '--dir', place])).out)).toHaveLength(100)
  },
)
