import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor, defineLogs, type LogsOptions } from 'spoor'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { LevelRule } from './level-rules.js'
import { levelsText } from './levels-json.js'

const within = { timeout: 20_000, interval: 20 }

function service(prepare: (file: string) => void = () => {}, options: Pick<LogsOptions<never>, 'detail'> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-levels-'))
  const file = join(directory, 'levels.json')
  prepare(file)
  const lines: string[] = []
  const handler = {
    write: (data: Buffer) => void lines.push(...data.toString().split('\n').filter(Boolean)),
    flush: async () => {},
    close: async () => {},
  }
  const own = { handlers: [handler], format: 'json', flush: 'line' } as const
  const logs = defineLogs({
    directory,
    console: false,
    root: own,
    loggers: { a: own, requests: { file: undefined } },
    ...options,
  })
  onTestFinished(async () => {
    await logs.close()
    rmSync(directory, { recursive: true, force: true })
  })
  /** Writes the file in one step, as the command does. */
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  const isEnabled = (): boolean => logs.get('a').isLevelEnabled('debug')
  const said = (): string[] => lines.map((line) => JSON.parse(line).message)
  return { logs, directory, file, write, isEnabled, said }
}

const rule = (forMs: number, own: Partial<LevelRule> = {}): LevelRule => ({
  level: 'debug',
  until: new Date(Date.now() + forMs).toISOString(),
  ...own,
})

test('a level that the file sets holds until its time, and each change is one line of the root logger', async () => {
  const { write, isEnabled, said } = service()
  expect(isEnabled()).toBe(false)
  write(levelsText([rule(2_000, { logger: 'a' })]))
  await vi.waitUntil(isEnabled, within)
  await vi.waitUntil(() => !isEnabled(), within)
  expect(said()).toEqual([expect.stringMatching(/^levels: a at debug until /), 'levels: those of the options'])
})

test('a file that is there at the start holds from the first line on', () => {
  expect(service((file) => writeFileSync(file, levelsText([rule(60_000)]))).isEnabled()).toBe(true)
})

test('a file that is deleted holds no longer', async () => {
  const { file, write, isEnabled } = service()
  write(levelsText([rule(60_000)]))
  await vi.waitUntil(isEnabled, within)
  rmSync(file)
  await vi.waitUntil(() => !isEnabled(), within)
})

test('a rule of a name that no logger has is told once, with the name that was meant', async () => {
  const { write, isEnabled, said } = service()
  const typo = rule(60_000, { logger: 'request' })
  write(levelsText([typo, rule(60_000, { logger: 'root' })]))
  await vi.waitUntil(() => said().length === 2, within)
  write(levelsText([typo, rule(60_000, { logger: 'a' }), rule(60_000, { logger: 'zzz\n' })]))
  await vi.waitUntil(isEnabled, within)
  expect(said().filter((text) => !text.startsWith('levels: '))).toEqual([
    'levels.json: no logger "request"; did you mean requests?',
    'levels.json: no logger "zzz\\n"; the rule changes nothing here',
  ])
})

test('a half-written file is told once and changes nothing; the whole file is then used', async () => {
  const { file, write, isEnabled, said } = service()
  write(levelsText([rule(60_000)]))
  await vi.waitUntil(isEnabled, within)
  writeFileSync(file, levelsText([rule(60_000, { level: 'error' })]).slice(0, 40))
  await vi.waitUntil(() => said().length === 2, within)
  expect(said()[1]).toBe(
    'levels.json: expected JSON, got other text; write it by the command spoor level. The levels stay as they are',
  )
  expect(isEnabled()).toBe(true)
  write(levelsText([rule(60_000, { level: 'error' })]))
  await vi.waitUntil(() => !isEnabled(), within)
})

test.each<[string, (file: string, write: (text: string) => void) => void, string]>([
  [
    'a huge file',
    (file, write) => {
      write('{')
      truncateSync(file, 10_000_000)
    },
    'expected at most 65536 bytes, got 10000000',
  ],
  [
    'a symbolic link',
    (file) => {
      writeFileSync(`${file}.real`, levelsText([rule(60_000)]))
      symlinkSync(`${file}.real`, file)
    },
    'got a symbolic link',
  ],
  ['a directory', (file) => mkdirSync(file), 'expected a file'],
  [
    'a file that others may write',
    (file) => {
      writeFileSync(`${file}.new`, levelsText([rule(60_000)]))
      chmodSync(`${file}.new`, 0o666)
      renameSync(`${file}.new`, file)
    },
    'expected a file that others cannot write',
  ],
])('%s is refused', async (_, make, reason) => {
  const { file, write, isEnabled, said } = service()
  make(file, write)
  await vi.waitUntil(() => said().some((text) => text.includes(reason)), within)
  expect(isEnabled()).toBe(false)
})

test.skipIf(process.geteuid?.() !== 0)('a file of another user is refused', async () => {
  const { file, isEnabled, said } = service()
  writeFileSync(`${file}.new`, levelsText([rule(60_000)]))
  chownSync(`${file}.new`, 65_534, 65_534)
  renameSync(`${file}.new`, file)
  await vi.waitUntil(() => said().some((text) => text.includes('got one of another user (uid 65534)')), within)
  expect(isEnabled()).toBe(false)
})

test('lines of a logger that a rule silences are not kept by detail', async () => {
  const silent = (file: string): void =>
    writeFileSync(
      file,
      levelsText([rule(60_000, { logger: 'a', level: 'silent' }), rule(60_000, { logger: 'root', level: 'error' })]),
    )
  const { logs, said } = service(silent, { detail: {} })
  const spoor = createSpoor({ service: 'test', logs })
  onTestFinished(() => spoor.close())
  const failed = spoor.runChild(spoor.carry(), { name: 'job' }, async () => {
    const log = logs.get('a')
    expect(log.isLevelEnabled('error')).toBe(false)
    log.debug('silenced')
    log.error('silenced, too')
    logs.root.warn('kept')
    throw new Error('broken')
  })
  await expect(failed).rejects.toThrow('broken')
  expect(said().filter((text) => /silenced|kept/.test(text))).toEqual(['kept'])
})
