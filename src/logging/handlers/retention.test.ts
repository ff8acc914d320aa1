import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../../test/programs/folder.js'
import { canRunAs, outcomeOf, runProgram, startProgram } from '../../../test/programs/program.js'
import { defineLogs } from '../define-logs.js'
import { FileHandler } from './file.js'
import { lastLineTime } from './line-time.js'
import { type Rotation, rotationOf } from './rotation.js'
import { SteadyClock } from './steady-clock.js'

const hour = 3_600_000
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const iso = (ago: number) => new Date(Date.now() - ago).toISOString()
const textLine = (ago: number) => `[${iso(ago)}] [INFO] line {"logger":"a"}\n`
const names = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'))

function handlerAt(path: string, rotation: Partial<Rotation>, warn: (message: string) => void = () => {}) {
  const handler = new FileHandler(path, { ...rotationOf(rotation), mode: 0o640, warn })
  onTestFinished(() => handler.close())
  return handler
}

/** Opens the file by a line. */
function open(path: string, rotation: Partial<Rotation>, warn?: (message: string) => void): FileHandler {
  const handler = handlerAt(path, rotation, warn)
  handler.write(Buffer.from('line\n'))
  return handler
}

describe('the age of a backup', () => {
  test.each([
    ['text', textLine],
    ['verbose', (ago: number) => `[${iso(ago)}] [INFO] [a] [4711] [-] line {"logger":"a"}\n`],
    ['json', (ago: number) => `{"time":"${iso(ago)}","level":"info","logger":"a","message":"line"}\n`],
    ['pino', (ago: number) => `{"level":30,"time":${Date.now() - ago},"pid":1,"msg":"line"}\n`],
    ['winston', (ago: number) => `{"level":"info","message":"line","timestamp":"${iso(ago)}"}\n`],
    ['ecs', (ago: number) => `{"@timestamp":"${iso(ago)}","log.level":"info","message":"line"}\n`],
  ])('is the time inside its last line, in the format %s, whenever the file was changed', (_, line) => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(`${path}.1`, line(3 * hour) + line(hour / 2))
    writeFileSync(`${path}.2`, line(3 * hour) + line(2 * hour))
    utimesSync(`${path}.1`, 1, 1)
    open(path, { keepForMs: hour })
    expect(names(join(path, '..'))).toEqual(['a.log', 'a.log.1'])
  })

  test('is the time of its last change if the last line has no time', () => {
    const path = join(temporaryFolder(), 'a.log')
    for (const [number, text] of [
      'no time\n',
      '{"time":7}\n',
      '{"half":',
      '',
      '[2026-99-99T00:00:00.000Z] [INFO] x',
    ].entries()) {
      writeFileSync(`${path}.${2 * number + 1}`, text)
      writeFileSync(`${path}.${2 * number + 2}`, text)
      utimesSync(`${path}.${2 * number + 2}`, Date.now() / 1_000 - 7_200, Date.now() / 1_000 - 7_200)
    }
    open(path, { keepForMs: hour })
    expect(names(join(path, '..'))).toEqual(['a.log', ...[1, 3, 5, 7, 9].map((number) => `a.log.${number}`)])
  })

  // Date.parse reads a day of 2001, or the first of January.
  test.each(['12', '3.5', 'took 12', '2012'])('is not the duration %j that the last line calls its time', (time) => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(`${path}.1`, `${JSON.stringify({ method: 'GET', time })}\n`)
    open(path, { keepForMs: hour })
    expect(names(join(path, '..'))).toEqual(['a.log', 'a.log.1'])
  })

  test.each(['RFC 2822', 'Date'])('is the time of its last line in the words of %s, too', (format) => {
    const path = join(temporaryFolder(), 'a.log')
    const at = new Date(Date.now() - 2 * hour)
    const date = format === 'Date' ? String(at) : at.toUTCString()
    writeFileSync(`${path}.1`, `${JSON.stringify({ level: 'info', date })}\n`)
    open(path, { keepForMs: hour })
    expect(names(join(path, '..'))).toEqual(['a.log'])
  })

  test('is the time of its last change if the time in the last line is more than a day ahead', () => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(`${path}.1`, textLine(-48 * hour))
    utimesSync(`${path}.1`, 1, 1)
    open(path, { keepForMs: hour })
    expect(names(join(path, '..'))).toEqual(['a.log'])
  })

  test('is found by the last bytes of the file, for a line of up to 128 KB', () => {
    const path = join(temporaryFolder(), 'a.log')
    const at = (time: number, length: number) =>
      `{"time":"${new Date(time).toISOString()}","level":"info","logger":"a","message":"${'x'.repeat(length)}"}\n`
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(10_000), fc.integer({ min: 1, max: 4e12 }), (length, before, time) => {
        writeFileSync(path, 'x'.repeat(before) + '\n' + at(time, length))
        expect(lastLineTime(path)).toBe(time)
      }),
      { numRuns: 50 },
    )
    writeFileSync(path, 'x'.repeat(10 * 2 ** 20))
    utimesSync(path, 5, 5)
    expect(lastLineTime(path)).toBe(5_000)
  })
})

describe('old backups', () => {
  test('are deleted after a rotation, too, and while no line is written', async () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path, { maxBytes: 100, keepForMs: 1_000 })
    handler.write(Buffer.from(textLine(0)))
    writeFileSync(`${path}.1`, textLine(hour))
    writeFileSync(`${path}.2`, textLine(hour))
    handler.write(Buffer.from(textLine(0)))
    expect(names(join(path, '..'))).toEqual(['a.log', 'a.log.1'])
    writeFileSync(`${path}.2`, textLine(hour))
    await expect.poll(() => names(join(path, '..')), { timeout: 20_000 }).toEqual(['a.log'])
  }, 30_000)

  test('are kept without keepForMs', () => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(`${path}.1`, textLine(10_000 * hour))
    open(path, {})
    expect(existsSync(`${path}.1`)).toBe(true)
  })

  test('are the only files that are deleted: not the file itself, nor others with similar names', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a.log')
    const others = [
      'a.log.1.gz',
      'a.log.bak',
      'a.log.01',
      'a.log.0',
      'a.log.-1',
      'a.log.1e1',
      'a.log.2024',
      'a.log.1 ',
      'a_log.1',
      'b.log.1',
      'xa.log.1',
      'a.log.99999999999999999999',
      'a.log',
      '.a.log.1',
    ]
    for (const name of others) writeFileSync(join(folder, name), textLine(hour))
    mkdirSync(`${path}.3`)
    writeFileSync(join(folder, 'elsewhere'), textLine(hour))
    symlinkSync(join(folder, 'elsewhere'), `${path}.4`)
    writeFileSync(`${path}.5`, textLine(hour))
    const before = readdirSync(folder).sort()
    open(path, { keepForMs: 1_000 })
    const after = readdirSync(folder)
      .filter((name) => !name.startsWith('.a.log.lock'))
      .sort()
    expect(after).toEqual(before.filter((name) => name !== 'a.log.5'))
    expect(linesOf(path)).toHaveLength(2)
  })

  test('are left alone while another process holds the lock, and deleted later', async () => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(`${path}.1`, textLine(hour))
    const holder = startProgram(`
      import { writeSync } from 'node:fs'
      import { acquireLock } from 'spoor/logging/handlers/lock.js'
      const lock = acquireLock(${JSON.stringify(path)})
      writeSync(2, 'held')
      process.stdin.once('data', () => { lock.release(); process.exit() })`)
    await once(holder.stderr as NodeJS.ReadableStream, 'data')
    const handler = open(path, { keepForMs: 1_000 })
    expect([existsSync(`${path}.1`), handler.retained?.deleted]).toEqual([true, 0])
    holder.stdin?.end('release')
    await expect.poll(() => existsSync(`${path}.1`), { timeout: 20_000 }).toBe(false)
  }, 30_000)

  // Root may delete everything.
  test.skipIf(isRoot && !canRunAs(nobody))(
    'that cannot be deleted cause one warning, and no line is refused',
    async () => {
      const folder = temporaryFolder()
      const path = join(folder, 'a.log')
      for (const name of [path, `${path}.1`]) writeFileSync(name, textLine(hour))
      if (isRoot) for (const name of [folder, path, `${path}.1`]) chownSync(name, nobody, nobody)
      chmodSync(folder, 0o500)
      const { stdout } = await runProgram(
        `import { defineLogs } from 'spoor'
       const rotation = { keepForMs: 1_000 }
       const loggers = { a: { file: 'a.log', console: false }, requests: { file: 'a.log', format: 'text' } }
       const logs = defineLogs({ directory: ${JSON.stringify(folder)}, rotation, loggers })
       for (let n = 0; n < 2; n++) {
         logs.get('a').info('line')
         await logs.flush()
         logs.reopen()
       }`,
        isRoot ? { uid: nobody } : {},
      )
      chmodSync(folder, 0o700)
      expect(linesOf(path)).toHaveLength(3)
      expect(stdout.split('\n').slice(0, -1)).toEqual([
        expect.stringMatching(/a\.log: expected to delete backups older than keepForMs, got EACCES; /),
      ])
    },
  )

  test('are deleted by several processes that rotate all the time, and no newer line is lost', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a.log')
    const writer = (from: number) => `
      import { defineLogs } from 'spoor'
      const rotation = { maxBytes: 4_000, backups: 1_000, keepForMs: 600_000 }
      const logs = defineLogs({ directory: ${JSON.stringify(folder)}, rotation, loggers: { a: { file: 'a.log', console: false } } })
      for (let n = ${from}; n < 3_000; n += 3) {
        logs.get('a').info({ n }, 'line')
        await new Promise(setImmediate)
      }`
    for (let number = 1; number <= 20; number++) writeFileSync(`${path}.${number}`, textLine(hour))
    const all = await Promise.all([0, 1, 2].map((from) => runProgram(writer(from))))
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']))
    const lines = names(folder)
      .filter((name) => name.startsWith('a.log'))
      .flatMap((name) => linesOf(folder, name))
    const numbers = lines
      .flatMap((line) => /"n":(\d+)/.exec(line)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, n) => n))
    expect(lines.filter((line) => !line.includes('"n":'))).toEqual([])
  })

  test('do not keep a process alive', async () => {
    const folder = temporaryFolder()
    const child = startProgram(`
      import { defineLogs } from 'spoor'
      const logs = defineLogs({ directory: ${JSON.stringify(folder)}, rotation: { keepForMs: 1_000 }, loggers: { a: { file: 'a.log' } } })
      logs.get('a').info('line')`)
    expect((await outcomeOf(child)).code).toBe(0)
    expect(linesOf(folder, 'a.log')).toHaveLength(1)
  })
})

test('health shows the number of backups, the time of the oldest, and how many were deleted because of their age', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.log')
  writeFileSync(`${path}.1`, textLine(1_000))
  const middle = textLine(20_000)
  writeFileSync(`${path}.2`, middle)
  writeFileSync(`${path}.3`, textLine(hour))
  const logs = defineLogs({
    directory: folder,
    rotation: { keepForMs: hour / 2 },
    loggers: {
      a: { file: 'a.log', console: false },
      b: { file: 'b.log', console: false, rotation: { maxBytes: 100 } },
    },
  })
  logs.get('a').info('line')
  await logs.flush()
  const health = logs.health().find(({ output }) => output === 'a.log')
  const oldest = middle.slice(1, 25)
  expect(health).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0, backups: 2, oldest, deleted: 1 })
  expect(logs.health().find(({ output }) => output === 'b.log')).toEqual({
    output: 'b.log',
    keptLines: 0,
    lostLines: 0,
    backups: 0,
    deleted: 0,
  })
  await logs.close()
})

test('options: keepForMs is a whole number, and loggers of one file agree about it', () => {
  const options = (keepForMs: unknown) => ({ rotation: { keepForMs }, loggers: {} }) as never
  expect(() => defineLogs(options('1d'))).toThrow(
    'rotation.keepForMs: expected a whole number of milliseconds, at least 1, got "1d"',
  )
  const [a, b] = [{ file: 'a.log', rotation: { keepForMs: 1 } }, { file: 'a.log' }]
  expect(() => defineLogs({ loggers: { a, b } })).toThrow(
    /loggers\.b\.file: expected the same rotation\.keepForMs as loggers\.a/,
  )
})

describe('a clock that is set forward', () => {
  const clocks = () => {
    const at = { wall: 1_000_000_000_000, elapsed: 5_000 }
    const clock = new SteadyClock(
      () => at.wall,
      () => at.elapsed,
    )
    const pass = (ms: number) => {
      at.wall += ms
      at.elapsed += ms
      return clock.now()
    }
    return { at, clock, pass }
  }

  test('for an hour, and back again, makes no backup older', () => {
    const { at, pass } = clocks()
    pass(10_000)
    at.wall += hour
    expect(pass(1_000)).toBe(1_000_000_011_000)
    expect(pass(hour - 10_000)).toBe(1_000_000_011_000 + hour - 10_000)
    at.wall -= hour
    expect(pass(1_000)).toBe(1_000_000_012_000 + hour - 10_000)
  })

  test('and not set back counts after the time by which it was set forward, or after a day if that is shorter', () => {
    const { at, pass } = clocks()
    at.wall += hour
    pass(1)
    expect(pass(hour)).toBe(at.wall)
    at.wall += 10_000 * hour
    expect(pass(1)).toBe(at.wall - 10_000 * hour)
    expect(pass(24 * hour)).toBe(at.wall)
  })

  test('never shows a later time than the clock itself', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1e8, max: 1e8 }), fc.nat(1e8))), (steps) => {
        const { at, clock } = clocks()
        for (const [jump, ms] of steps) {
          at.wall += jump + ms
          at.elapsed += ms
          expect(clock.now()).toBeLessThanOrEqual(at.wall)
        }
      }),
    )
  })
})
