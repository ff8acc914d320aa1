// What another user of the machine may lay where a service writes its log files.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { defineLogs } from 'spoor'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { canRunAs, runProgram } from '../programs/program.js'

const [nobody, daemon] = [65_534, 1]
const isRoot = process.getuid?.() === 0

/** A directory that everybody may write. */
function openFolder(mode = 0o777): string {
  const folder = join(temporaryFolder(), 'logs')
  mkdirSync(folder)
  chmodSync(folder, mode)
  return folder
}

/** Logs `lines` to `a.log` in `directory`. @returns what `health` says of the file */
async function logged(directory: string, lines = 1, maxBytes = 10_485_760) {
  const logs = defineLogs({
    directory,
    rotation: { maxBytes, backups: 3 },
    loggers: { a: { file: 'a.log', console: false, flush: 'line' } },
  })
  for (let line = 0; line < lines; line++) logs.get('a').info(`line ${line} ${'x'.repeat(100)}`)
  const health = logs.health().find(({ output }) => output === 'a.log')
  await logs.close()
  return { health }
}

describe.skipIf(!isRoot)('in a directory that other users may write', () => {
  const lay: [string, (folder: string, file: string) => void][] = [
    [
      'a file of another user',
      (_, file) => {
        writeFileSync(file, '')
        chmodSync(file, 0o666)
        chownSync(file, nobody, nobody)
      },
    ],
    [
      'a hard link to a file of this user',
      (folder, file) => {
        writeFileSync(join(folder, '../victim'), '')
        linkSync(join(folder, '../victim'), file)
      },
    ],
    ['a symbolic link', (folder, file) => symlinkSync(join(folder, '../victim'), file)],
    ['a FIFO', (_, file) => execFileSync('mkfifo', [file])],
    ['a directory', (_, file) => mkdirSync(file)],
  ]

  test.each(lay)('%s gets no line: the lines are kept, and health has the reason', async (_, make) => {
    for (const mode of [0o777, 0o1777, 0o775]) {
      const folder = openFolder(mode)
      chownSync(folder, 0, mode === 0o775 ? 1_234 : 0)
      const file = join(folder, 'a.log')
      make(folder, file)
      const { health } = await logged(folder)
      expect(health).toMatchObject({ keptLines: 1, error: expect.stringMatching(/^(E\w+|.*a\.log): /) })
      expect(existsSync(join(folder, '../victim')) ? readFileSync(join(folder, '../victim'), 'utf8') : '').toBe('')
      if (lstatSync(file).isFile()) expect(readFileSync(file, 'utf8')).toBe('')
    }
  })

  test('a directory of another user counts as writable by others', async () => {
    const folder = openFolder(0o755)
    writeFileSync(join(folder, 'a.log'), '')
    for (const path of [folder, join(folder, 'a.log')]) chownSync(path, nobody, nobody)
    expect((await logged(folder)).health).toMatchObject({
      keptLines: 1,
      error: expect.stringContaining('another user'),
    })
    expect(statSync(join(folder, 'a.log')).size).toBe(0)
  })

  test('a symbolic link of another user instead of the directory is not followed', async () => {
    const folder = openFolder(0o1777)
    const elsewhere = join(folder, '../elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, join(folder, 'service'))
    lchownSync(join(folder, 'service'), nobody, nobody)
    expect((await logged(join(folder, 'service'))).health).toMatchObject({
      error: expect.stringContaining('symbolic link'),
    })
    expect((await logged(join(folder, 'service/deeper'))).health).toMatchObject({ keptLines: 1 })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('an own file and a new file are written', async () => {
    const folder = openFolder()
    for (const lines of [1, 2]) {
      expect((await logged(folder)).health).toMatchObject({ keptLines: 0 })
      expect(linesOf(folder, 'a.log')).toHaveLength(lines)
    }
  })

  test.each([
    ['an empty lock of another user', ''],
    ['a lock of another user that names a living process', JSON.stringify({ pid: 1, thread: 0 })],
  ])('%s does not stop rotation', async (_, content) => {
    for (const number of [1, 999_999_999_999_999]) {
      const folder = openFolder(0o1777)
      const lock = join(folder, `.a.log.lock.${number}`)
      writeFileSync(lock, content)
      chownSync(lock, nobody, nobody)
      await logged(folder, 40, 1_000)
      expect(readdirSync(folder).filter((name) => name.startsWith('a.log'))).toEqual([
        'a.log',
        'a.log.1',
        'a.log.2',
        'a.log.3',
      ])
      expect(statSync(join(folder, 'a.log')).size).toBeLessThanOrEqual(1_000)
    }
  })
})

describe.skipIf(!isRoot)('in a directory that only this user and root may write', () => {
  test.each([
    ['a file of another user', (file: string) => chownSync(file, nobody, nobody)],
    ['a file with a second name', (file: string) => linkSync(file, `${file}.saved`)],
  ])('%s is written, with one warning', async (_, make) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.log'), '')
    make(join(folder, 'a.log'))
    const { stdout } = await runProgram(
      `
      import { defineLogs } from 'spoor'
      const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log', console: false, flush: 'line' } } })
      logs.get('a').info('one')
      logs.reopen()
      logs.get('a').info('two')
      await logs.close()`,
      { env: { LOGS: folder } },
    )
    expect(linesOf(folder, 'a.log')).toHaveLength(2)
    expect(stdout.match(/written all the same/g)).toHaveLength(1)
  })
})

describe('rotation works with foreign files in place of a lock or a backup', () => {
  const lay: [string, (folder: string) => void][] = [
    ['a lock with the highest number', (folder) => writeFileSync(join(folder, '.a.log.lock.999999999999999'), '')],
    ['a lock with a number beyond it', (folder) => writeFileSync(join(folder, '.a.log.lock.9999999999999999'), '')],
    ['a symbolic link as lock', (folder) => symlinkSync('/nowhere', join(folder, '.a.log.lock.7'))],
    [
      'a symbolic link with the highest number',
      (folder) => symlinkSync('/', join(folder, '.a.log.lock.999999999999999')),
    ],
    ['a directory as lock', (folder) => mkdirSync(join(folder, '.a.log.lock.7'))],
    [
      'a hard link to a file that was written just now as lock',
      (folder) => {
        writeFileSync(join(folder, 'busy'), 'of another program')
        linkSync(join(folder, 'busy'), join(folder, '.a.log.lock.7'))
      },
    ],
    ['a directory as backup', (folder) => mkdirSync(join(folder, 'a.log.2'))],
    ['a symbolic link as backup', (folder) => symlinkSync('/nowhere', join(folder, 'a.log.1'))],
    [
      'a FIFO as lock and as backup',
      (folder) =>
        execFileSync(
          'mkfifo',
          ['.a.log.lock.7', 'a.log.1'].map((name) => join(folder, name)),
        ),
    ],
  ]
  test.each(lay)('%s', async (_, make) => {
    const folder = temporaryFolder()
    make(folder)
    await logged(folder, 40, 1_000)
    const files = readdirSync(folder).filter((name) => /^a\.log/.test(name) && lstatSync(join(folder, name)).isFile())
    expect(files.length).toBeGreaterThanOrEqual(3)
    for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(1_000)
  })

  test('directories in the places of all backups', async () => {
    const folder = temporaryFolder()
    for (const number of [1, 2, 3, 4]) mkdirSync(join(folder, `a.log.${number}`))
    await logged(folder, 40, 1_000)
    expect(statSync(join(folder, 'a.log')).size).toBeLessThanOrEqual(1_000)
    expect(readFileSync(join(folder, 'a.log.5'), 'utf8')).toContain('line ')
    expect(existsSync(join(folder, 'a.log.6'))).toBe(false)
  })

  test.skipIf(!existsSync('/proc'))('a lock that names a living process which knows nothing of it', async () => {
    const { self } = await import('../../src/logging/handlers/process-identity.js')
    for (const pid of [process.ppid, 1]) {
      const folder = temporaryFolder()
      const start = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')[19]
      const lock = { ...self(), pid, start, thread: 0, task: String(pid), taskStart: start }
      writeFileSync(join(folder, '.a.log.lock.3'), JSON.stringify(lock))
      // Younger than 100 ms, it is taken for a rotation that is under way.
      await new Promise((resolve) => setTimeout(resolve, 110))
      await logged(folder, 40, 1_000)
      // The descriptors of root's processes are visible to root only; other users wait for 10 s.
      if (isRoot || pid === process.ppid) expect(existsSync(join(folder, 'a.log.3'))).toBe(true)
    }
  })
})

describe.skipIf(!isRoot || !canRunAs(daemon))('a service that is not root', () => {
  const source = `
    import { defineLogs } from 'spoor'
    const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log', console: false, flush: 'line' } } })
    logs.get('a').info('secret')
    console.log(JSON.stringify(logs.health().find(({ output }) => output === 'a.log')))`

  test.each([
    ['writes no file that another user prepared for it', nobody, 1],
    ['writes a file that root prepared', 0, 0],
    ['writes its own', daemon, 0],
  ])('%s in a directory like /tmp', async (_, owner, kept) => {
    const folder = openFolder(0o1777)
    chmodSync(join(folder, '..'), 0o755)
    writeFileSync(join(folder, 'a.log'), '')
    chmodSync(join(folder, 'a.log'), 0o666)
    chownSync(join(folder, 'a.log'), owner, owner)
    const { stdout } = await runProgram(source, { uid: daemon, cwd: '/', env: { LOGS: folder } })
    expect(stdout).toContain(`"keptLines":${kept}`)
    expect(linesOf(folder, 'a.log')).toHaveLength(1 - kept)
    expect(stdout.includes('secret')).toBe(kept === 1)
  })

  test('writes its own file in a directory of another user that it may not write itself', async () => {
    const folder = openFolder(0o755)
    chmodSync(join(folder, '..'), 0o755)
    writeFileSync(join(folder, 'a.log'), '')
    chownSync(join(folder, 'a.log'), daemon, daemon)
    chownSync(folder, nobody, nobody)
    const { stdout } = await runProgram(source, { uid: daemon, cwd: '/', env: { LOGS: folder } })
    expect(stdout).toContain('"keptLines":0')
    expect(stdout.match(/who may delete the file; it is written all the same/g)).toHaveLength(1)
    expect(linesOf(folder, 'a.log')).toHaveLength(1)
  })
})

test('files are written and rotate on a file system with one owner for all files (NFS with root_squash, FAT)', async () => {
  const folder = openFolder()
  const { stderr } = await runProgram(
    `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    for (const name of ['statSync', 'lstatSync', 'fstatSync']) {
      const below = fs[name]
      fs[name] = (what, options) => {
        const stats = below(what, options)
        return stats && Object.assign(stats, { uid: options?.bigint ? 4711n : 4711 })
      }
    }
    syncBuiltinESMExports()
    const { defineLogs } = await import('spoor')
    const rotation = { maxBytes: 1_000, backups: 3 }
    const logs = defineLogs({ directory: process.env.LOGS, rotation, loggers: { a: { file: 'a.log', console: false, flush: 'line' } } })
    for (let line = 0; line < 40; line++) logs.get('a').info('x'.repeat(100))
    await logs.close()`,
    { env: { LOGS: folder } },
  )
  expect(stderr).toBe('')
  expect(readdirSync(folder)).toEqual([
    expect.stringMatching(/^\.a\.log\.lock\.\d+$/),
    'a.log',
    'a.log.1',
    'a.log.2',
    'a.log.3',
  ])
})
