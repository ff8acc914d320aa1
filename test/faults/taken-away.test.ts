import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linesOf, temporaryFolder } from '../programs/folder.js'
import { runProgram } from '../programs/program.js'
import { numbersIn, started, upTo } from './service.js'

test('a file loses no line when its directory is deleted or moved', async () => {
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

// By their paths alone (no /proc) the renames would fall on the new directory.
test.skipIf(!existsSync('/proc/self/fd'))(
  'a directory that is moved during a rotation costs the new directory no backup',
  async () => {
    const directory = join(temporaryFolder(), 'logs')
    const { stderr } = await runProgram(
      `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { renameSync } = fs
    const { LOGS } = process.env
    let isMoved = false
    fs.renameSync = (from, to) => {
      if (!isMoved) {
        renameSync(LOGS, LOGS + '.moved')
        fs.mkdirSync(LOGS)
        for (const name of ['/a.log', '/a.log.1']) fs.writeFileSync(LOGS + name, name + '\\n')
      }
      isMoved = true
      renameSync(from, to)
    }
    syncBuiltinESMExports()
    const { FileHandler } = await import('spoor/logging/handlers/file.js')
    const handler = new FileHandler(LOGS + '/a.log', { maxBytes: 20, backups: 3, mode: 0o640 })
    for (const line of ['first line\\n', 'second line\\n']) handler.write(Buffer.from(line))`,
      { env: { LOGS: directory } },
    )
    expect(stderr).toBe('')
    expect(linesOf(`${directory}.moved`, 'a.log.1')).toEqual(['first line'])
    expect(['a.log', 'a.log.1'].map((name) => linesOf(directory, name))).toEqual([
      ['/a.log', 'second line'],
      ['/a.log.1'],
    ])
  },
)

describe('logrotate', () => {
  test('with create loses no line, and the permissions stay', async () => {
    const directory = temporaryFolder()
    const path = join(directory, 'a.log')
    const service = started(directory)
    for (let day = 1; day <= 3; day++) {
      await service.tell('log 100')
      renameSync(path, `${path}-day${day}`)
      writeFileSync(path, '', { mode: 0o600 })
    }
    await service.tell('log 100')
    const files = ['-day1', '-day2', '-day3', ''].map((name) => numbersIn(linesOf(`${path}${name}`)))
    expect(files.map((numbers) => numbers.length)).toEqual([100, 100, 100, 100])
    expect(files.flat()).toEqual(upTo(400))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('with copytruncate leaves a file that starts anew', async () => {
    const directory = temporaryFolder()
    const path = join(directory, 'a.log')
    const service = started(directory)
    await service.tell('log 100')
    copyFileSync(path, `${path}-day1`)
    truncateSync(path)
    await service.tell('log 100')
    expect([...numbersIn(linesOf(`${path}-day1`)), ...numbersIn(linesOf(path))]).toEqual(upTo(200))
    expect(linesOf(path)).toHaveLength(100)
  })

  test.skipIf(!existsSync('/proc/self/fd'))('gets its disk space back from a silent service by reopen()', async () => {
    const directory = temporaryFolder()
    const path = join(directory, 'a.log')
    const service = started(directory)
    await service.tell('log 1')
    renameSync(path, `${path}-day1`)
    unlinkSync(`${path}-day1`)
    expect(openedBy(service.pid, path)).toBe(1)
    await service.tell('reopen')
    expect(openedBy(service.pid, path)).toBe(0)
    expect(existsSync(path)).toBe(false)
    await service.tell('log 1')
    expect(numbersIn(linesOf(path))).toEqual([1])
  })
})

test('a deleted file is created again', async () => {
  const directory = temporaryFolder()
  const service = started(directory)
  await service.tell('log 1')
  unlinkSync(join(directory, 'a.log'))
  await service.tell('log 1')
  expect(numbersIn(linesOf(directory, 'a.log'))).toEqual([1])
})

test.each([
  ['a directory', (path: string) => mkdirSync(path), 'EISDIR'],
  ['a symbolic link to where it was moved', (path: string) => symlinkSync(`${path}.moved`, path), 'ELOOP'],
])('a file that is replaced by %s gets its lines when that is gone', async (_, replace, error) => {
  const directory = temporaryFolder()
  const path = join(directory, 'a.log')
  const service = started(directory)
  await service.tell('log 1')
  renameSync(path, `${path}.moved`)
  replace(path)
  expect(await service.tell('log 2')).toMatchObject({ error: expect.stringContaining(error), keptLines: 2 })
  await expect.poll(() => numbersIn(service.console())).toEqual(upTo(3))
  rmSync(path, { recursive: true })
  await service.tell('wait')
  expect([linesOf(`${path}.moved`), linesOf(path)].map(numbersIn)).toEqual([[0], [1, 2]])
})

/** How many descriptors of a process stand for a path, or for what was deleted there. */
function openedBy(pid: number, path: string): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkAt(`/proc/${pid}/fd/${fd}`))
  return links.filter((link) => link.startsWith(path)).length
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile.
    return ''
  }
}
