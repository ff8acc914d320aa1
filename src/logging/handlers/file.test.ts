import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { linesOf, temporaryFolder } from '../../../test/programs/folder.js'
import { defineLogs } from '../define-logs.js'
import { FileHandler } from './file.js'
import { self } from './process-identity.js'
import { type Rotation, rotationOf } from './rotation.js'

const handlerAt = (path: string, rotation: Partial<Rotation> = {}) =>
  new FileHandler(path, { ...rotationOf(rotation), mode: 0o640 })

const write = (handler: FileHandler, ...lines: string[]) =>
  handler.write(Buffer.from(lines.map((line) => `${line}\n`).join('')))

// Beside them lies the lock of the last rotation, hidden by its dot.
const logFiles = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'))

describe('a file', () => {
  test('is created with its directories at the first write, for owner and group only', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'logs/sync/a.log')
    const handler = handlerAt(path)
    expect(existsSync(join(folder, 'logs'))).toBe(false)
    write(handler, 'one')
    expect(linesOf(path)).toEqual(['one'])
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(statSync(join(folder, 'logs/sync')).mode & 0o777).toBe(0o750)
    expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o750)
  })

  test('has the permissions of the options', () => {
    const path = join(temporaryFolder(), 'a.log')
    write(new FileHandler(path, { ...rotationOf(), mode: 0o600 }), 'one')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('continues where it ended before a restart', () => {
    const path = join(temporaryFolder(), 'a.log')
    write(handlerAt(path, { maxBytes: 10 }), '1234')
    write(handlerAt(path, { maxBytes: 10 }), '5678')
    write(handlerAt(path, { maxBytes: 10 }), '9')
    expect([linesOf(path), linesOf(`${path}.1`)]).toEqual([['9'], ['1234', '5678']])
  })

  test('keeps half a line from a crash on a line of its own', () => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(path, 'whole\nhal')
    utimesSync(path, 1, 1)
    write(handlerAt(path, { maxBytes: 16 }), 'next', '1')
    expect([linesOf(path), linesOf(`${path}.1`)]).toEqual([['1'], ['whole', 'hal', 'next']])
  })

  test('repeats a first line that it wrote behind half a line, when another write seemed to be under way', () => {
    const path = join(temporaryFolder(), 'a.log')
    writeFileSync(path, 'whole\nhal')
    vi.spyOn(Date, 'now').mockReturnValue(statSync(path).mtimeMs + 900)
    write(handlerAt(path), 'first', 'second')
    expect(linesOf(path)).toEqual(['whole', 'halfirst', 'second', 'first'])
  })

  test('is created again with its directory after that is deleted', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'logs/a.log')
    const handler = handlerAt(path)
    write(handler, 'one')
    rmSync(join(folder, 'logs'), { recursive: true })
    write(handler, 'two')
    expect(linesOf(path)).toEqual(['two'])
  })

  test('is created again after it is moved, and the moved file stays unchanged', () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path)
    write(handler, 'one')
    renameSync(path, `${path}.moved`)
    write(handler, 'two')
    expect([linesOf(path), linesOf(`${path}.moved`)]).toEqual([['two'], ['one']])
  })

  test('is refused in place of a symbolic link', () => {
    const folder = temporaryFolder()
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'a.log'))
    expect(() => write(handlerAt(join(folder, 'a.log')), 'one')).toThrow('ELOOP')
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })

  test('is refused if a symbolic link replaces it while it is open', () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path)
    write(handler, 'one')
    renameSync(path, `${path}.moved`)
    symlinkSync(`${path}.moved`, path)
    expect(() => write(handler, 'two')).toThrow('ELOOP')
    expect(linesOf(`${path}.moved`)).toEqual(['one'])
  })

  test('continues from its new end after it is truncated', () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path)
    write(handler, 'one')
    truncateSync(path)
    write(handler, 'two')
    expect(linesOf(path)).toEqual(['two'])
  })

  test('opens again at a write after close', async () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path)
    write(handler, 'one')
    await handler.close()
    await handler.close()
    write(handler, 'two')
    expect(linesOf(path)).toEqual(['one', 'two'])
  })
})

describe('rotation', () => {
  test('happens at 10 MB and keeps ten backups by default', () => {
    expect(rotationOf()).toEqual({ maxBytes: 10_485_760, backups: 10 })
  })

  test('happens before a line that would pass the limit, but not for one that reaches it', () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path, { maxBytes: 10 })
    write(handler, '1234')
    write(handler, '6789')
    expect(readFileSync(path)).toHaveLength(10)
    expect(existsSync(`${path}.1`)).toBe(false)
    write(handler, 'x')
    expect([linesOf(path), linesOf(`${path}.1`)]).toEqual([['x'], ['1234', '6789']])
  })

  test('splits a batch between whole lines', () => {
    const path = join(temporaryFolder(), 'a.log')
    write(handlerAt(path, { maxBytes: 10 }), 'aaaa', 'bbb', 'cccc', 'd')
    expect([linesOf(path), linesOf(`${path}.1`)]).toEqual([
      ['cccc', 'd'],
      ['aaaa', 'bbb'],
    ])
  })

  test('gives a line that is longer than the limit a file of its own', () => {
    const path = join(temporaryFolder(), 'a.log')
    write(handlerAt(path, { maxBytes: 10 }), 'a', 'longer than the limit', 'b')
    expect([1, 2].map((n) => linesOf(`${path}.${n}`))).toEqual([['longer than the limit'], ['a']])
    expect(linesOf(path)).toEqual(['b'])
  })

  test('shifts the backups and deletes the oldest', () => {
    const path = join(temporaryFolder(), 'a.log')
    const handler = handlerAt(path, { maxBytes: 4, backups: 3 })
    for (const line of ['1', '2', '3', '4', '5', '6']) write(handler, `${line}00`)
    expect([path, `${path}.1`, `${path}.2`, `${path}.3`, `${path}.4`].map((file) => linesOf(file))).toEqual([
      ['600'], ['500'], ['400'], ['300'], [],
    ]) // biome-ignore format: a row of files
  })

  test('keeps ten backups and not eleven', () => {
    const folder = temporaryFolder()
    const handler = handlerAt(join(folder, 'a.log'), { maxBytes: 4 })
    for (let line = 100; line < 120; line++) write(handler, String(line))
    expect(logFiles(folder)).toHaveLength(11)
    expect(linesOf(folder, 'a.log.10')).toEqual(['109'])
  })

  test('fills a gap in the backups instead of moving those behind it', () => {
    const path = join(temporaryFolder(), 'a.log')
    for (const [name, text] of [
      ['', '1'],
      ['.1', '2'],
      ['.3', '4'],
    ])
      writeFileSync(`${path}${name}`, `${text}\n`)
    write(handlerAt(path, { maxBytes: 2 }), '0')
    expect(['', '.1', '.2', '.3'].map((name) => linesOf(`${path}${name}`))).toEqual([['0'], ['1'], ['2'], ['4']])
  })

  test('never passes the limit, tears or loses a line, for any lines', () => {
    const lines = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '👍'), maxLength: 12 }), { maxLength: 6 }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 60 }), (batches, maxBytes) => {
        const folder = temporaryFolder()
        const handler = handlerAt(join(folder, 'a.log'), { maxBytes, backups: 100 })
        for (const batch of batches) write(handler, ...batch)
        void handler.close()
        const files = logFiles(folder).sort((a, b) => numberOf(b) - numberOf(a))
        for (const file of files) {
          const size = statSync(join(folder, file)).size
          expect(size <= maxBytes || linesOf(folder, file).length === 1).toBe(true)
        }
        expect(files.flatMap((file) => linesOf(folder, file))).toEqual(batches.flat())
      }),
      { numRuns: 50 },
    )
  })
})

describe('a file with several writers', () => {
  test('rotates a little earlier, so that all batches fit; with one writer it rotates at the limit', () => {
    const path = join(temporaryFolder(), 'a.log')
    const [one, other] = [handlerAt(path, { maxBytes: 80 }), handlerAt(path, { maxBytes: 80 })]
    for (let line = 100; line < 120; line++) write(one, String(line))
    expect(statSync(path).size).toBe(80)
    for (let line = 200; line < 225; line++) {
      write(one, String(line))
      write(other, String(line))
    }
    expect([1, 2].map((n) => statSync(`${path}.${n}`).size)).toEqual([68, 68])
    expect([one.overLimit, other.overLimit]).toEqual([0, 0])
  })
})

describe('a file that another process rotates', () => {
  const held = () => {
    const folder = temporaryFolder()
    const lock = join(folder, '.a.log.lock.1')
    const file = openSync(lock, 'wx')
    // A process that has a lock has its file open.
    const holder = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore', file],
    })
    onTestFinished(() => void holder.kill('SIGKILL'))
    closeSync(file)
    writeFileSync(lock, JSON.stringify({ ...self(), pid: holder.pid, start: undefined }))
    return { path: join(folder, 'a.log'), lock }
  }

  test('blocks a writer for at most 50 ms, only once if the holder hangs; then the writer passes the limit, and counts it', () => {
    const { path, lock } = held()
    const handler = handlerAt(path, { maxBytes: 4 })
    write(handler, '100')
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const waits = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      now++
      return 'timed-out'
    })
    write(handler, '101', '102')
    expect(waits).toHaveBeenCalledTimes(51)
    waits.mockClear()
    for (let line = 103; line < 110; line++) write(handler, String(line))
    expect(waits).not.toHaveBeenCalled()
    expect(handler.overLimit).toBe(8)
    expect(linesOf(path)).toHaveLength(10)
    writeFileSync(lock, '')
    write(handler, '110')
    expect([linesOf(path), linesOf(`${path}.1`).length]).toEqual([['110'], 10])
  })

  test('has the number of passed limits in its health', async () => {
    const { path } = held()
    const logs = defineLogs({
      directory: dirname(path),
      rotation: { maxBytes: 4 },
      loggers: { a: { file: 'a.log', console: false } },
    })
    logs.get('a').error('1')
    expect(logs.health().find(({ output }) => output === 'a.log')).not.toHaveProperty('overLimit')
    logs.get('a').error('2')
    logs.get('a').error('3')
    expect(logs.health().find(({ output }) => output === 'a.log')).toMatchObject({ overLimit: 2 })
    await logs.close()
  })
})

describe('a line that a file refuses', () => {
  test('causes a warning, and is written once the fault has passed', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'logs')
    writeFileSync(path, 'a file where the directory should be')
    const handler = handlerAt(join(path, 'a.log'))
    expect(() => write(handler, 'one')).toThrow()
    rmSync(path)
    mkdirSync(path)
    chmodSync(path, 0o750)
    write(handler, 'two')
    expect(linesOf(path, 'a.log')).toEqual(['two'])
  })
})

function numberOf(file: string): number {
  return Number(file.match(/\.(\d+)$/)?.[1] ?? 0)
}
