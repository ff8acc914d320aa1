import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { runProgram, startProgram } from '../../../test/programs/program.js'
import { acquireLock } from './lock.js'
import { isAlive, self } from './process-identity.js'

const lockAt = (folder: string, number: number) => join(folder, `.a.log.lock.${number}`)
const filesIn = (folder: string) => readdirSync(folder).sort()
const ageBy = (file: string, seconds: number) =>
  utimesSync(file, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds)

/** A log path whose lock is held by `owner`. */
function heldBy(owner: object | string): { path: string; folder: string; lock: string } {
  const folder = temporaryFolder()
  const lock = lockAt(folder, 7)
  writeFileSync(lock, typeof owner === 'string' ? owner : JSON.stringify(owner))
  return { path: join(folder, 'a.log'), folder, lock }
}

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid as number
}

describe('the lock of a rotation', () => {
  test('is free at first, names its owner, and stays as an empty file after release', () => {
    const folder = temporaryFolder()
    const lock = acquireLock(join(folder, 'a.log'))
    expect(lock?.isFresh()).toBe(true)
    expect(JSON.parse(readFileSync(lockAt(folder, 1), 'utf8'))).toEqual(self())
    lock?.release()
    expect(filesIn(folder)).toEqual(['.a.log.lock.1'])
    expect(readFileSync(lockAt(folder, 1), 'utf8')).toBe('')
  })

  test('is taken at the next number, and lower numbers are deleted', () => {
    const { path, folder } = heldBy('')
    writeFileSync(lockAt(folder, 3), '')
    expect(acquireLock(path)).toBeDefined()
    expect(filesIn(folder)).toEqual(['.a.log.lock.8'])
  })

  test('is busy in its first 100 ms if its owner lives, without a look at its descriptors', () => {
    const parent = { ...self(), pid: process.ppid, start: undefined, thread: 0 }
    const { path, folder } = heldBy(parent)
    vi.spyOn(Date, 'now').mockReturnValue(statSync(lockAt(folder, 7)).mtimeMs + 90)
    expect(acquireLock(path)).toBeUndefined()
    expect(filesIn(folder)).toEqual(['.a.log.lock.7'])
  })

  test('is taken over at once from a dead process, also if its pid was reused', async () => {
    expect(acquireLock(heldBy({ ...self(), pid: await endedPid() }).path)).toBeDefined()
    expect(acquireLock(heldBy({ ...self(), pid: process.ppid, start: '1' }).path)).toBeDefined()
    expect(acquireLock(heldBy({ ...self(), start: '1' }).path)).toBeDefined()
  })

  test('is taken over after 10 s if its owner cannot be seen: another container, another thread, an unreadable file', () => {
    const hidden = [
      { ...self(), namespace: 'pid:[1]' },
      { ...self(), thread: 4711, task: undefined },
      '{"pid":',
      'free',
      '{"pid":1,"thread":0,"task":"../../1"}',
      'null',
      '{"pid":-1,"thread":0}',
    ]
    for (const owner of hidden) {
      const { path, lock } = heldBy(owner)
      expect(acquireLock(path)).toBeUndefined()
      ageBy(lock, 11)
      expect(acquireLock(path)).toBeDefined()
    }
  })

  test.skipIf(!existsSync('/proc'))('is taken over at once from a dead thread of a living process', async () => {
    const worker = new Worker(
      'require("worker_threads").parentPort.postMessage(require("fs").readlinkSync("/proc/thread-self"))',
      { eval: true },
    )
    const [link] = (await once(worker, 'message')) as [string]
    await worker.terminate()
    const task = link.split('/').at(-1)
    expect(acquireLock(heldBy({ ...self(), thread: worker.threadId, task, taskStart: '1' }).path)).toBeDefined()
    const parent = { ...self(), pid: process.ppid, start: undefined }
    expect(acquireLock(heldBy({ ...parent, thread: 1, task: '1', taskStart: '1' }).path)).toBeDefined()
  })

  test('is busy while its thread lives, seen from its own process and from another one', async () => {
    const { path, folder } = heldBy('')
    const script = `
      import { acquireLock } from 'spoor/logging/handlers/lock.js'
      import { isMainThread, parentPort, Worker } from 'node:worker_threads'
      const path = process.env.LOG
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url))
        await new Promise((resolve) => worker.on('message', resolve))
        console.log(acquireLock(path) === undefined)
        process.stdin.once('data', () => worker.terminate().then(() => console.log(acquireLock(path) !== undefined)))
        process.stdin.unref()
      } else {
        acquireLock(path)
        parentPort.postMessage('taken')
        setInterval(() => {}, 1_000)
      }`
    const child = startProgram(script, { env: { LOG: path } })
    const answers = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    expect(await answers.next()).toMatchObject({ value: 'true' })
    expect(acquireLock(path)).toBeUndefined()
    expect(filesIn(folder)).toEqual(['.a.log.lock.8'])
    child.stdin?.write('end\n')
    expect(await answers.next()).toMatchObject({ value: String(existsSync('/proc')) })
    child.kill()
  })

  test('can be released after the directory was deleted, without releasing a newer lock', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'logs', 'a.log')
    mkdirSync(join(folder, 'logs'))
    const lock = acquireLock(path)
    rmSync(join(folder, 'logs'), { recursive: true })
    mkdirSync(join(folder, 'logs'))
    writeFileSync(lockAt(join(folder, 'logs'), 1), JSON.stringify(self()))
    lock?.release()
    expect(readFileSync(lockAt(join(folder, 'logs'), 1), 'utf8')).toBe(JSON.stringify(self()))
  })

  test('is not taken with an outdated number, although the list of a large directory misses the newest one', async () => {
    const { path, folder } = heldBy('')
    const script = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const { readdirSync } = fs
      const at = (number) => process.env.LOG.replace('a.log', '.a.log.lock.' + number)
      let lists = 0
      fs.readdirSync = (...args) => {
        const names = readdirSync(...args)
        return lists++ === 0 ? names : names.filter((name) => !name.endsWith('.9'))
      }
      const { linkSync } = fs
      fs.linkSync = (...args) => {
        // While this one stood still, others took 8 and 9.
        fs.renameSync(at(7), at(9))
        linkSync(...args)
      }
      syncBuiltinESMExports()
      const { acquireLock } = await import('spoor/logging/handlers/lock.js')
      console.log(acquireLock(process.env.LOG) === undefined)`
    const { stdout, stderr } = await runProgram(script, { env: { LOG: path } })
    expect([stdout, stderr]).toEqual(['true\n', ''])
    expect(filesIn(folder)).toEqual(['.a.log.lock.9'])
  })

  test('is lost once its directory is replaced or another process takes it over', () => {
    const folder = temporaryFolder()
    const logs = join(folder, 'logs')
    mkdirSync(logs)
    const moved = acquireLock(join(logs, 'a.log'))
    renameSync(logs, `${logs}.moved`)
    expect(moved?.isFresh()).toBe(false)
    mkdirSync(logs)
    const first = acquireLock(join(logs, 'a.log'))
    expect([moved, first].map((lock) => lock?.isFresh())).toEqual([false, true])
    expect(acquireLock(join(logs, 'a.log'))?.isFresh()).toBe(true)
    expect(first?.isFresh()).toBe(false)
  })

  test('is fresh for 2 s at most, long before a process that cannot see its owner may take it over', () => {
    const lock = acquireLock(heldBy('').path)
    const taken = performance.now()
    const now = vi.spyOn(performance, 'now')
    expect([1_900, 2_100].map((ms) => now.mockReturnValue(taken + ms) && lock?.isFresh())).toEqual([true, false])
  })

  test('can be taken again by a thread that was interrupted while it held the lock', () => {
    expect(acquireLock(heldBy(self()).path)).toBeDefined()
  })

  test('never reuses the file of a killed thread, which is an older lock', () => {
    const { path, folder, lock } = heldBy('')
    // Killed between linking and deleting; then this process got its pid. Writing into it would name a new owner.
    linkSync(lock, join(folder, `.a.log.lock.of-${process.pid}-0`))
    const { ino } = statSync(lock)
    expect(acquireLock(path)).toBeDefined()
    expect(statSync(lockAt(folder, 8)).ino).not.toBe(ino)
  })

  test('deletes old files that killed threads left behind', () => {
    const { path, folder } = heldBy('')
    const [old, young] = [join(folder, '.a.log.lock.of-1'), join(folder, '.a.log.lock.of-2')]
    writeFileSync(old, '')
    writeFileSync(young, '')
    ageBy(old, 11)
    acquireLock(path)
    expect(filesIn(folder)).toEqual(['.a.log.lock.8', '.a.log.lock.of-2'])
  })

  test('is separate for each log file of a directory', () => {
    const { folder } = heldBy({ ...self(), pid: process.ppid, start: undefined })
    expect(acquireLock(join(folder, 'b.log'))).toBeDefined()
    expect(acquireLock(join(folder, 'a.log.lock'))).toBeDefined()
  })

  test('is taken at once if something else has its name, which never blocks the process', () => {
    const lay: Record<string, (file: string) => void> = {
      fifo: (file) => execFileSync('mkfifo', [file]),
      directory: (file) => mkdirSync(file),
      'symbolic link': (file) => symlinkSync('/etc/hostname', file),
      'dangling link': (file) => symlinkSync('nowhere', file),
    }
    for (const make of Object.values(lay)) {
      for (const number of [1, 5, 999_999_999_999_999]) {
        const folder = temporaryFolder()
        make(lockAt(folder, number))
        const first = acquireLock(join(folder, 'a.log'))
        expect(first?.isFresh()).toBe(true)
        first?.release()
        const second = acquireLock(join(folder, 'a.log'))
        expect(second?.isFresh()).toBe(true)
        second?.release()
      }
    }
  })

  test('is taken over if its file has a time in the future', () => {
    const { path, lock } = heldBy('nonsense')
    expect(acquireLock(path)).toBeUndefined()
    ageBy(lock, -3_600)
    expect(acquireLock(path)).toBeDefined()
  })

  test.each([999_999_999_999_999, 999_999_999_999_998])('continues behind the number %i', (number) => {
    const folder = temporaryFolder()
    writeFileSync(lockAt(folder, number), '')
    // The number behind it bears no lock.
    if (number < 999_999_999_999_999) mkdirSync(lockAt(folder, number + 1))
    const path = join(folder, 'a.log')
    // It is cleared away first, as if somebody had rotated meanwhile.
    for (let time = 0; time < 3; time++) {
      const lock = acquireLock(path) ?? acquireLock(path)
      expect(lock?.isFresh()).toBe(true)
      lock?.release()
    }
  })

  test.skipIf(!existsSync('/proc'))('is taken over from a living process that does not have it open', async () => {
    const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
    await once(stranger, 'spawn')
    const { path, lock } = heldBy({ ...self(), pid: stranger.pid, start: undefined })
    ageBy(lock, 1)
    expect(acquireLock(path)).toBeDefined()
    stranger.kill()
  })

  test('is not taken over from a living process that has it open, at any age', async () => {
    const { path, folder } = heldBy('')
    const script = `
      import { acquireLock } from 'spoor/logging/handlers/lock.js'
      acquireLock(process.env.LOG)
      console.log('taken')
      process.stdin.resume()`
    const child = startProgram(script, { env: { LOG: path } })
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    ageBy(lockAt(folder, 8), 5)
    expect(acquireLock(path)).toBeUndefined()
    if (existsSync('/proc')) {
      ageBy(lockAt(folder, 8), 3_600)
      expect(acquireLock(path)).toBeUndefined()
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(acquireLock(path)).toBeDefined()
  })

  test('has no number that begins with 0, because a file of that name would not be found again', () => {
    const { path, folder } = heldBy('')
    writeFileSync(join(folder, '.a.log.lock.009'), '')
    expect(acquireLock(path)).toBeDefined()
  })

  test('is taken although something beside it cannot be deleted', () => {
    const { path, folder } = heldBy('')
    const stuck = join(folder, '.a.log.lock.of-stuck')
    mkdirSync(stuck)
    ageBy(stuck, 11)
    expect(acquireLock(path)).toBeDefined()
    expect(filesIn(folder)).toEqual(['.a.log.lock.8', '.a.log.lock.of-stuck'])
  })

  test('throws the error of the file system if its file cannot be created', () => {
    expect(() => acquireLock(join(temporaryFolder(), 'missing', 'a.log'))).toThrow('ENOENT')
  })
})

describe('whether an owner lives', () => {
  test('is known for processes, zombies included', async () => {
    expect(isAlive(JSON.stringify({ ...self(), pid: process.ppid, start: undefined }))).toBe(true)
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const owner = JSON.stringify({ ...self(), pid: child.pid, start: undefined })
    expect(isAlive(owner)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(isAlive(owner)).toBe(false)
  })
})
