import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { canRunAs, startProgram } from '../programs/program.js'
import { numbersIn, started, upTo } from './service.js'

/** A fault in the file system: how it comes and how it goes. */
interface Fault {
  readonly name: string
  readonly error: RegExp
  readonly uid?: number
  make(directory: string): void
  mend(directory: string): void
}

const nobody = 65_534
const isRoot = process.getuid?.() === 0

const faults: Fault[] = [
  {
    name: 'a directory in the place of the file',
    error: /EISDIR/,
    make: (directory) => mkdirSync(join(directory, 'a.log'), { recursive: true }),
    mend: (directory) => rmdirSync(join(directory, 'a.log')),
  },
  {
    name: 'a file in the place of the directory',
    error: /ENOTDIR|EEXIST/,
    make: (directory) => writeFileSync(directory, ''),
    mend: (directory) => unlinkSync(directory),
  },
  {
    name: 'a symbolic link in the place of the file',
    error: /ELOOP/,
    make(directory) {
      mkdirSync(directory)
      symlinkSync('/dev/null', join(directory, 'a.log'))
    },
    mend: (directory) => unlinkSync(join(directory, 'a.log')),
  },
  {
    name: 'a FIFO in the place of the file',
    error: /expected a regular file/,
    make(directory) {
      mkdirSync(directory)
      execFileSync('mkfifo', [join(directory, 'a.log')])
    },
    mend: (directory) => unlinkSync(join(directory, 'a.log')),
  },
  {
    // Opening it for writing only would block the process until another process reads it.
    name: 'a FIFO that may not be read in the place of the file',
    error: /ENXIO/,
    ...(isRoot ? { uid: nobody } : {}),
    make(directory) {
      const path = join(directory, 'a.log')
      mkdirSync(directory)
      execFileSync('mkfifo', ['-m', '200', path])
      if (isRoot) for (const one of [directory, path]) chownSync(one, nobody, nobody)
    },
    mend: (directory) => unlinkSync(join(directory, 'a.log')),
  },
  {
    name: 'a directory that may not be written',
    error: /EACCES/,
    // Root may write everywhere.
    ...(isRoot ? { uid: nobody } : {}),
    make(directory) {
      mkdirSync(directory)
      if (isRoot) chownSync(directory, nobody, nobody)
      chmodSync(directory, 0o500)
    },
    mend: (directory) => chmodSync(directory, 0o700),
  },
]

describe.each(faults)('$name', ({ error, uid, make, mend }) => {
  // Another user needs a project that they can read. A home folder may be closed to them.
  const isPossible = uid === undefined || canRunAs(uid)
  const faulty = () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    const directory = join(folder, 'logs')
    make(directory)
    return { directory, service: started(directory, uid === undefined ? {} : { uid }) }
  }

  test.skipIf(!isPossible)(
    'sends the lines to the console at once, and writes them when the fault is over',
    async () => {
      const { directory, service } = faulty()
      expect(await service.tell('log 3')).toMatchObject({
        error: expect.stringMatching(error),
        keptLines: 3,
        lostLines: 0,
      })
      await service.tell('log 2')
      await expect.poll(() => numbersIn(service.console())).toEqual(upTo(5))
      mend(directory)
      expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
      await service.tell('log 1')
      expect(numbersIn(linesOf(directory, 'a.log'))).toEqual(upTo(6))
      expect(await service.end()).toBe(0)
    },
  )

  test.skipIf(!isPossible)(
    'is announced when it is over: how many lines are written now, how many are lost',
    async () => {
      const { directory, service } = faulty()
      await service.tell('log 170')
      await service.tell('log 3')
      mend(directory)
      await service.tell('wait')
      await service.tell('log 1')
      const clears = () => service.console().filter((line) => line.includes('a.log is writable again'))
      await expect.poll(() => clears().length).toBeGreaterThan(0)
      expect(clears()).toEqual([
        expect.stringMatching(/\[INFO\] \[root\] .* a\.log is writable again: 173 lines recovered, 0 lost \{/),
      ])
      await service.end()
    },
  )

  test.skipIf(!isPossible)('causes a warning when the service starts, before its first line', async () => {
    const { service } = faulty()
    await service.tell('turn')
    await expect.poll(() => service.console().length).toBeGreaterThan(0)
    const [warning] = service.console()
    expect(warning).toMatch(
      /\[WARN\] \[root\] .* \/\S+: expected .*, got .*; .*\. Until then, the lines go to the console/,
    )
  })

  test.skipIf(!isPossible)('causes one warning a minute, not one for each line', async () => {
    const { service } = faulty()
    for (let i = 0; i < 20; i++) await service.tell('log 1')
    await expect.poll(() => numbersIn(service.console())).toEqual(upTo(20))
    const warnings = service.console().filter((line) => line.includes('cannot be written'))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/\[WARN\] \[root\] .* a\.log cannot be written: .*"keptLines":1,"lostLines":0/)
  })
})

// Root may read everything.
test.skipIf(isRoot && !canRunAs(nobody))('a file that may be written but not read gets each line once', async () => {
  const directory = temporaryFolder()
  const path = join(directory, 'a.log')
  writeFileSync(path, 'a line of before\n')
  if (isRoot) for (const one of [directory, path]) chownSync(one, nobody, nobody)
  chmodSync(path, 0o200)
  const service = started(directory, isRoot ? { uid: nobody } : {})
  expect(await service.tell('log 2')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  chmodSync(path, 0o600)
  expect(linesOf(path)).toHaveLength(3)
  expect(numbersIn(linesOf(path))).toEqual(upTo(2))
})

describe('a file that refuses its lines', () => {
  const broken = () => {
    const directory = join(temporaryFolder(), 'logs')
    for (const name of ['a.log', 'quiet.log']) mkdirSync(join(directory, name), { recursive: true })
    return directory
  }

  test('sends lines to the console once, unless they go there anyway', async () => {
    const service = started(broken())
    await service.tell('quiet 2')
    await service.tell('log 2')
    await expect.poll(() => numbersIn(service.console()).sort()).toEqual(upTo(4))
    expect(service.console().filter((line) => line.includes('] quiet line {'))).toHaveLength(2)
    await service.end()
  })

  test('is retried at once by flush, reopen and close', async () => {
    const directory = broken()
    const service = started(directory)
    await service.tell('log 1')
    rmdirSync(join(directory, 'a.log'))
    expect(await service.tell('flush')).toMatchObject({ keptLines: 0 })
    await service.tell('quiet 1')
    rmdirSync(join(directory, 'quiet.log'))
    expect(await service.tell('reopen', 'quiet.log')).toMatchObject({ keptLines: 0 })
    mkdirSync(join(directory, 'exit.log'))
    await service.tell('exit 1')
    rmdirSync(join(directory, 'exit.log'))
    await service.tell('close')
    expect(linesOf(directory, 'exit.log')).toHaveLength(1)
    expect([linesOf(directory, 'a.log').length, linesOf(directory, 'quiet.log').length]).toEqual([1, 1])
  })

  test('keeps 16 MB in memory, and later writes how many lines are missing', async () => {
    const directory = broken()
    const service = started(directory)
    const { keptLines, lostLines } = await service.tell('megabytes 18', 'quiet.log')
    expect(keptLines).toBeGreaterThan(15_000)
    expect(lostLines).toBeGreaterThan(1_000)
    rmdirSync(join(directory, 'quiet.log'))
    await service.tell('flush')
    await service.tell('quiet 1')
    const said = `quiet.log is writable again: ${keptLines} lines recovered, ${lostLines} lost`
    await expect.poll(() => service.console().some((line) => line.includes(said))).toBe(true)
    const lines = [...linesOf(directory, 'quiet.log.1'), ...linesOf(directory, 'quiet.log')]
    expect(numbersIn(lines.slice(0, keptLines))).toEqual(upTo(keptLines))
    expect(lines[keptLines]).toMatch(
      new RegExp(
        `\\[WARN\\] ${lostLines} lines are missing here, from .*Z to .*Z.* \\{"logger":"quiet","missing":\\{"lines":${lostLines},`,
      ),
    )
    expect(lines).toHaveLength(keptLines + 2)
    await service.end()
  })
})

test('a process that exits retries at once', async () => {
  const directory = temporaryFolder()
  mkdirSync(join(directory, 'exit.log'))
  const mendAtExit = `
    import { rmdirSync } from 'node:fs'
    process.prependListener('exit', () => rmdirSync(process.env.LOGS + '/exit.log'))\n`
  const logs = `
    import { defineLogs } from 'spoor'
    const logs = defineLogs({ directory: process.env.LOGS, loggers: { exit: { file: 'exit.log' } } })
    logs.get('exit').error('at once')
    logs.get('exit').info('at exit')\n`
  const child = startProgram(logs + mendAtExit, { env: { LOGS: directory } })
  child.stdout?.resume()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(linesOf(directory, 'exit.log')).toHaveLength(2)
})
