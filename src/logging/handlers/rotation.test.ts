import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/programs/folder.js'
import { rotate } from './rotation.js'

/** A folder with a file of ten bytes and a backup. */
function folderWithFile(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.log'), 'nine line\n')
  writeFileSync(join(folder, 'a.log.1'), 'before\n')
  return folder
}

const filesIn = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'))

test('a file that another process rotated meanwhile is not rotated again', () => {
  const folder = folderWithFile()
  expect(rotate(join(folder, 'a.log'), 10, { maxBytes: 20, backups: 3 })).toBe(true)
  expect(filesIn(folder)).toEqual(['a.log', 'a.log.1'])
  expect(rotate(join(folder, 'a.log'), 11, { maxBytes: 20, backups: 3 })).toBe(true)
  expect(filesIn(folder)).toEqual(['a.log.1', 'a.log.2'])
})

test('a rotation that stood still for 2 s renames nothing more, and returns false', () => {
  const folder = folderWithFile()
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(2_001)
  expect(rotate(join(folder, 'a.log'), 11, { maxBytes: 20, backups: 1 })).toBe(false)
  expect(rotate(join(folder, 'a.log'), 11, { maxBytes: 20, backups: 3 })).toBe(true)
  expect(filesIn(folder)).toEqual(['a.log.1', 'a.log.2'])
})
