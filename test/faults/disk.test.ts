import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { mayMount, remount, smallDisk } from './disk.js'
import { numbersIn, started, upTo } from './service.js'

const has = (command: string) => spawnSync(command, ['-V'], { stdio: 'ignore' }).status === 0
const endsInHalfLine = (path: string) => readFileSync(path).at(-1) !== 10

/** A disk of 2 MB that has room for some 50 KB, and a service that logs there. */
function crampedService() {
  const disk = smallDisk(2_048)
  const directory = join(disk, 'logs')
  mkdirSync(directory)
  fill(disk)
  return { disk, directory, service: started(directory) }
}

function fill(disk: string): void {
  const freeBlocks = Number(execFileSync('stat', ['-f', '-c', '%a', disk]))
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, freeBlocks * 4_096 - 50_000)))
}

function free(disk: string): void {
  unlinkSync(join(disk, 'ballast'))
}

function freeBlock(disk: string): void {
  const ballast = join(disk, 'ballast')
  truncateSync(ballast, Math.max(0, statSync(ballast).size - 4_096))
}

// Needs the right to mount a tmpfs.
describe.skipIf(!mayMount)('a full disk', () => {
  test('does not tear, repeat or lose a line: the rest of a half-written line follows', async () => {
    const { disk, directory, service } = crampedService()
    await service.tell('log 100')
    const { error, keptLines } = await service.tell('log 2000')
    expect(error).toMatch(/ENOSPC/)
    expect(keptLines).toBeGreaterThan(500)
    expect(endsInHalfLine(join(directory, 'a.log'))).toBe(true)
    await service.tell('log 100')
    await expect.poll(() => numbersIn(service.console())).toEqual(upTo(2_200))
    free(disk)
    expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
    await service.tell('log 1')
    const lines = linesOf(directory, 'a.log')
    expect(numbersIn(lines)).toEqual(upTo(2_201))
    expect(lines).toHaveLength(2_201)
    await service.end()
  })

  test('does not lose a line of several processes: a line that cannot be continued is repeated', async () => {
    const { disk, directory, service } = crampedService()
    const all = [service, started(directory), started(directory)]
    await Promise.all(all.map((one) => one.tell('log 10')))
    for (let round = 0; round < 5; round++) {
      const full = await Promise.all(all.map((one) => one.tell('log 1500')))
      expect(full.some(({ error }) => error?.includes('ENOSPC'))).toBe(true)
      free(disk)
      await Promise.all(all.map((one) => one.tell('wait')))
      fill(disk)
    }
    const numbers = numbersIn(linesOf(directory, 'a.log')).sort((a, b) => a - b)
    expect(numbers).toEqual(upTo(3 * 7_510).map((n) => Math.floor(n / 3)))
  })

  test('that is freed block by block repeats no line of several processes that interrupt each other', async () => {
    const { disk, directory, service } = crampedService()
    const all = [service, started(directory), started(directory)]
    for (const one of all) await one.tell('log 700')
    let kept = Number.POSITIVE_INFINITY
    while (kept > 0) {
      freeBlock(disk)
      const health = await Promise.all(all.map((one) => one.tell('flush')))
      kept = health.reduce((sum, { keptLines }) => sum + keptLines, 0)
    }
    const numbers = numbersIn(linesOf(directory, 'a.log')).sort((a, b) => a - b)
    expect(numbers).toEqual(upTo(3 * 700).map((n) => Math.floor(n / 3)))
  })

  test('leaves half a line of a process that is killed then, and the next process writes whole lines', async () => {
    const { disk, directory, service } = crampedService()
    await service.tell('log 2000')
    await service.kill()
    expect(endsInHalfLine(join(directory, 'a.log'))).toBe(true)
    free(disk)
    const before = numbersIn(linesOf(directory, 'a.log'))
    await started(directory).tell('log 3')
    const after = numbersIn(linesOf(directory, 'a.log')).slice(before.length)
    expect(after.sort()).toEqual([0, 1, 2])
  })
})

describe.skipIf(!mayMount)('a disk', () => {
  test('that becomes read-only gets its lines once it is writable again, and the console shows them until then', async () => {
    const disk = smallDisk(1_024)
    const service = started(disk)
    await service.tell('log 2')
    // Linux remounts only file systems without files open for writing.
    await service.tell('reopen')
    remount(disk, 'ro')
    expect(await service.tell('log 2')).toMatchObject({ error: expect.stringContaining('EROFS'), keptLines: 2 })
    await expect.poll(() => numbersIn(service.console())).toEqual(upTo(4))
    remount(disk, 'rw')
    expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
    expect(numbersIn(linesOf(disk, 'a.log'))).toEqual(upTo(4))
  })

  test('that is mounted over the directory gets the lines from then on, even with equal inode numbers', async () => {
    const disk = smallDisk(1_024)
    const service = started(disk)
    await service.tell('log 2')
    const { ino } = statSync(join(disk, 'a.log'))
    smallDisk(1_024, disk)
    writeFileSync(join(disk, 'a.log'), '')
    expect(statSync(join(disk, 'a.log')).ino).toBe(ino)
    await service.tell('log 2')
    expect(numbersIn(linesOf(disk, 'a.log'))).toEqual([2, 3])
  })
})

test('a process without free file descriptors sends lines to the console, and writes them later', async () => {
  const directory = temporaryFolder()
  // Enough for Node to load modules with, many at once.
  const service = started(directory, { limits: '-n 256' })
  await service.tell('hoard')
  expect(await service.tell('log 2')).toMatchObject({ error: expect.stringContaining('EMFILE'), keptLines: 2 })
  await expect.poll(() => numbersIn(service.console())).toEqual(upTo(2))
  await service.tell('release')
  expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  await service.tell('hoard')
  await service.tell('log 1')
  expect(numbersIn(linesOf(directory, 'a.log'))).toEqual(upTo(3))
})

// `prlimit` (util-linux) raises the limit of a process that runs.
test.skipIf(!has('prlimit'))(
  'a file that reached the size limit of its process (EFBIG) continues where it ended',
  async () => {
    const directory = temporaryFolder()
    const service = started(directory, { limits: '-S -f 64' })
    expect(await service.tell('log 2000')).toMatchObject({ error: expect.stringContaining('EFBIG') })
    expect(statSync(join(directory, 'a.log')).size).toBe(64 * 1_024)
    expect(endsInHalfLine(join(directory, 'a.log'))).toBe(true)
    execFileSync('prlimit', ['--pid', String(service.pid), '--fsize=unlimited'])
    expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
    const lines = linesOf(directory, 'a.log')
    expect(numbersIn(lines)).toEqual(upTo(2_000))
    expect(lines).toHaveLength(2_000)
  },
)

// No disk breaks when told to; strace makes the kernel say so, where it is installed and may trace.
test.skipIf(!has('strace'))('a disk that fails with EIO and recovers loses and repeats no line', async ({ skip }) => {
  const directory = temporaryFolder()
  const service = started(directory)
  await service.tell('log 2')
  const inject = ['-e', 'inject=write,pwrite64:error=EIO', '-P', join(directory, 'a.log'), '-o', '/dev/null']
  const breaker = spawn('strace', ['-f', ...inject, '-p', String(service.pid)])
  onTestFinished(() => void breaker.kill('SIGKILL'))
  let said = ''
  breaker.stderr.on('data', (text) => {
    said += text
  })
  await expect.poll(() => said).toMatch(/attached|not permitted/)
  if (said.includes('not permitted')) skip('strace may not trace here')
  expect(await service.tell('log 3')).toMatchObject({ error: expect.stringContaining('EIO'), keptLines: 3 })
  await expect.poll(() => numbersIn(service.console())).toEqual(upTo(5))
  breaker.kill('SIGTERM')
  await once(breaker, 'close')
  expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  expect(numbersIn(linesOf(directory, 'a.log'))).toEqual(upTo(5))
})
