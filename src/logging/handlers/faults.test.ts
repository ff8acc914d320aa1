import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { linesOf, temporaryFolder } from '../../../test/programs/folder.js'
import { canRunAs, startProgram } from '../../../test/programs/program.js'
import type { OutputHealth } from './alarm.js'

// A service that does what it is told on standard input and answers with its health on standard error.
const service = `
  import { createInterface } from 'node:readline'
  import { writeSync } from 'node:fs'
  import { defineLogs } from 'spoor'
  const logs = defineLogs({
    directory: process.env.LOGS,
    loggers: { a: { file: 'a.log' }, quiet: { file: 'quiet.log', console: false }, exit: { file: 'exit.log', console: false } },
  })
  let n = 0
  const does = {
    log: (count) => { for (let i = 0; i < count; i++) logs.get('a').info({ n: n++ }, 'line') },
    quiet: (count) => { for (let i = 0; i < count; i++) logs.get('quiet').info({ n: n++ }, 'quiet line') },
    exit: (count) => { for (let i = 0; i < count; i++) logs.get('exit').info({ n: n++ }, 'line') },
    megabytes: async (count) => {
      for (let i = 0; i < count * 1024; i++) {
        logs.get('quiet').info({ n: n++, text: 'x'.repeat(1000) }, 'long')
        if (i % 64 === 0) await logs.flush()
      }
    },
    flush: () => logs.flush(),
    close: () => logs.close(),
    reopen: () => logs.reopen(),
    wait: async () => { while (logs.health().some((output) => output.keptLines > 0)) await new Promise((next) => setTimeout(next, 5)) },
    turn: () => new Promise(setImmediate),
    end: () => process.stdin.destroy(),
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, count] = line.split(' ')
    await does[what](Number(count))
    await does.turn()
    writeSync(2, JSON.stringify(logs.health()) + '\\n')
    if (what === 'end') break
  }
`

interface Service {
  /** Tells the service what to do and gives the health of its file. */
  tell(what: string, file?: string): Promise<OutputHealth>
  /** What is on its console so far. */
  console(): string[]
  end(): Promise<number>
}

function started(directory: string, uid?: number): Service {
  const child = startProgram(service, { env: { LOGS: directory }, ...(uid === undefined ? {} : { uid }) })
  onTestFinished(() => void child.kill())
  let stdout = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  const answers = createInterface({ input: child.stderr as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const ended = once(child, 'close')
  return {
    async tell(what, file = 'a.log') {
      child.stdin?.write(`${what}\n`)
      const { value } = await answers.next()
      const all = JSON.parse(value ?? 'null') as OutputHealth[]
      return all.find((one) => one.output === file) as OutputHealth
    },
    console: () => stdout.split('\n').slice(0, -1),
    async end() {
      child.stdin?.write('end\n')
      return (await ended)[0] as number
    },
  }
}

const numbersIn = (lines: readonly string[]) => lines.flatMap((line) => line.match(/"n":(\d+)/)?.[1] ?? []).map(Number)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

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
    error: /is no regular file/,
    make(directory) {
      mkdirSync(directory)
      execFileSync('mkfifo', [join(directory, 'a.log')])
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
  // Another user needs a project that he can read: one in somebody's home may be closed to him.
  const isPossible = uid === undefined || canRunAs(uid)
  const faulty = () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    const directory = join(folder, 'logs')
    make(directory)
    return { directory, service: started(directory, uid) }
  }

  test.skipIf(!isPossible)('sends the lines to the console at once, and writes them when it has passed', async () => {
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
  })

  test.skipIf(!isPossible)('is said once a minute, not once a line', async () => {
    const { service } = faulty()
    for (let i = 0; i < 20; i++) await service.tell('log 1')
    await expect.poll(() => numbersIn(service.console())).toEqual(upTo(20))
    const warnings = service.console().filter((line) => line.includes('cannot be written'))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/\[WARN\] \[root\] .* a\.log cannot be written: .*"keptLines":1,"lostLines":0/)
  })
})

describe('a file that refuses its lines', () => {
  const broken = () => {
    const directory = join(temporaryFolder(), 'logs')
    for (const name of ['a.log', 'quiet.log']) mkdirSync(join(directory, name), { recursive: true })
    return directory
  }

  test('sends to the console what did not go there anyway, once', async () => {
    const service = started(broken())
    await service.tell('quiet 2')
    await service.tell('log 2')
    await expect.poll(() => numbersIn(service.console()).sort()).toEqual(upTo(4))
    expect(service.console().filter((line) => line.includes('] quiet line {'))).toHaveLength(2)
    await service.end()
  })

  test('is tried again at once by flush, by reopen and by close', async () => {
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

  test('keeps 16 MB, and says afterwards in their place how many lines are missing', async () => {
    const directory = broken()
    const service = started(directory)
    const { keptLines, lostLines } = await service.tell('megabytes 18', 'quiet.log')
    expect(keptLines).toBeGreaterThan(15_000)
    expect(lostLines).toBeGreaterThan(1_000)
    rmdirSync(join(directory, 'quiet.log'))
    await service.tell('flush')
    await service.tell('quiet 1')
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

test('exit tries again at once', async () => {
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

test('a file whose directory is deleted or moved while it is written loses no line', async () => {
  const directory = join(temporaryFolder(), 'logs')
  const service = started(directory)
  await service.tell('log 1')
  renameSync(directory, `${directory}.moved`)
  await service.tell('log 1')
  rmSync(directory, { recursive: true })
  expect(await service.tell('log 1')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  expect(numbersIn(linesOf(`${directory}.moved`, 'a.log'))).toEqual([0])
  expect(numbersIn(linesOf(directory, 'a.log'))).toEqual([2])
  await expect.poll(() => numbersIn(service.console())).toEqual(upTo(3))
})

/** A file system of 256 KB, or undefined where mounting is not allowed. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmdirSync(folder)
    return undefined
  }
}

const disk = smallDisk()
process.once('exit', () => {
  if (disk !== undefined) execFileSync('umount', ['-l', disk])
  if (disk !== undefined) rmdirSync(disk)
})

// Needs the right to mount a tmpfs: root, and a container that allows it.
test.skipIf(disk === undefined)('a full disk tears, doubles and loses no line', async () => {
  const directory = join(disk as string, 'logs')
  writeFileSync(join(disk as string, 'ballast'), Buffer.alloc(200 * 1024))
  const service = started(directory)
  await service.tell('log 100')
  // 60 bytes a line: the rest of the disk takes some 800 of them.
  const { error, keptLines } = await service.tell('log 2000')
  expect(error).toMatch(/ENOSPC/)
  expect(keptLines).toBeGreaterThan(500)
  await service.tell('log 100')
  await expect.poll(() => numbersIn(service.console())).toEqual(upTo(2_200))
  unlinkSync(join(disk as string, 'ballast'))
  expect(await service.tell('wait')).toEqual({ output: 'a.log', keptLines: 0, lostLines: 0 })
  await service.tell('log 1')
  const lines = linesOf(directory, 'a.log')
  expect(numbersIn(lines)).toEqual(upTo(2_201))
  expect(lines.every((line) => /^\[.*\] \[INFO\] line \{"logger":"a","n":\d+\}$/.test(line))).toBe(true)
  await service.end()
})
