import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { canRunAs, runProgram } from '../../../test/programs/program.js'
import { placeProblem } from './place-problem.js'

const nobody = 65_534
const isRoot = process.getuid?.() === 0

describe('the place of a log file', () => {
  test('is accepted if it can be written, and nothing is created there', () => {
    const folder = temporaryFolder()
    expect(placeProblem(join(folder, 'a/b/c/a.log'))).toBe(undefined)
    writeFileSync(join(folder, 'a.log'), '')
    expect(placeProblem(join(folder, 'a.log'))).toBe(undefined)
    expect(readdirSync(folder)).toEqual(['a.log'])
  })

  test.each([
    ['a directory', (path: string) => mkdirSync(path), /a\.log: expected a regular file, got a directory; delete it/],
    [
      'a link',
      (path: string) => symlinkSync('/dev/null', path),
      /a\.log: expected a regular file, got a symbolic link; /,
    ],
  ])('is a problem if there is %s', (_, make, problem) => {
    const path = join(temporaryFolder(), 'a.log')
    make(path)
    expect(placeProblem(path)).toMatch(problem)
  })

  test('is a problem if its directory, or one above it, is a file or a link that leads nowhere', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    symlinkSync(join(folder, 'gone'), join(folder, 'link'))
    for (const path of ['file/a.log', 'file/b/a.log']) {
      expect(placeProblem(join(folder, path))).toBe(
        `${folder}/file: expected a directory, got a file; delete it, or choose another directory`,
      )
    }
    expect(placeProblem(join(folder, 'link/a.log'))).toMatch(
      /link: expected a directory, got a symbolic link that leads/,
    )
  })

  // Root may write everything.
  test.skipIf(isRoot && !canRunAs(nobody))(
    'is a problem if this user may not write the directory or the file',
    async () => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'a.log'), '')
      if (isRoot) for (const name of [folder, join(folder, 'a.log')]) chownSync(name, nobody, nobody)
      chmodSync(join(folder, 'a.log'), 0o400)
      chmodSync(folder, 0o500)
      const { stdout } = await runProgram(
        `import { placeProblem } from 'spoor/logging/handlers/place-problem.js'
       for (const name of ['a.log', 'b/b.log']) console.log(placeProblem(${JSON.stringify(folder)} + '/' + name))`,
        isRoot ? { uid: nobody } : {},
      )
      chmodSync(folder, 0o700)
      expect(stdout.split('\n')).toEqual([
        expect.stringMatching(
          /a\.log: expected a file that this process may write, got EACCES; change its permissions$/,
        ),
        expect.stringMatching(
          /: expected a directory that this process may write, got EACCES; change its permissions, or /,
        ),
        '',
      ])
    },
  )

  test.skipIf(process.getuid?.() !== 0)('is a problem if another user prepared the file where others may write', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a.log')
    writeFileSync(path, '')
    chownSync(path, 65_534, 65_534)
    expect(placeProblem(path)).toBe(undefined)
    chmodSync(folder, 0o777)
    expect(placeProblem(path)).toMatch(
      /a\.log: expected a file of this user or root, got one of another user \(uid 65534\)/,
    )
    expect(readdirSync(folder)).toEqual(['a.log'])
  })
})

const warns = `
  import { defineLogs } from 'spoor'
  const logs = defineLogs({ directory: process.env.LOGS, loggers: { a: { file: 'a.log' }, b: { file: 'b.log' } } })`

test('defineLogs warns once of a directory that takes no files, and does not throw', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'logs'), '')
  const { stdout, code } = await runProgram(warns, { env: { LOGS: join(folder, 'logs') } })
  expect(stdout.split('\n')).toHaveLength(2)
  expect(stdout).toContain(
    `${folder}/logs: expected a directory, got a file; delete it, or choose another directory. Until then, the lines go to ` +
      'the console, and are kept and tried again {"logger":"root"}\n',
  )
  expect(code).toBe(0)
})

test('defineLogs does not warn of the directory if files are off, and creates nothing if they are on', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const off = await runProgram(warns, { env: { LOGS: join(folder, 'file'), SPOOR_FILES: 'off' } })
  const on = await runProgram(warns, { env: { LOGS: join(folder, 'logs') } })
  expect([off.stdout, on.stdout, existsSync(join(folder, 'logs'))]).toEqual(['', '', false])
})
