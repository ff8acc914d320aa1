import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { makeDirectory } from './directory.js'

test('a directory is created with its parents, for owner and group only; an existing one is accepted', () => {
  const folder = temporaryFolder()
  makeDirectory(join(folder, 'a/b/c'), 0o750)
  makeDirectory(join(folder, 'a/b/c'), 0o750)
  for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o750)
})

test.skipIf(!existsSync('/proc/self'))(
  'a directory that cannot be created throws the error of the file system, without a loop',
  () => {
    expect(() => makeDirectory('/proc/nope', 0o750)).toThrow('ENOENT')
    expect(() => makeDirectory('/proc/nope/deeper', 0o750)).toThrow('ENOENT')
  },
)
