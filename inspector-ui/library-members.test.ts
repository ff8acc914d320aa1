import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { libraryMembers } from './library-members.ts'

const root = join(import.meta.dirname, '..')
const names = new Set(libraryMembers)

/** The files below `folder` that have one of the names as a word. */
function filesWithNames(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) =>
      readFileSync(file, 'utf8')
        .match(/[\w$]+/g)
        ?.some((word) => names.has(word)),
    )
    .map((file) => relative(root, file).replaceAll('\\', '/'))
}

test('only the windowed lists use the members that get short names', () => {
  expect(filesWithNames('inspector-ui/src').sort()).toEqual([
    'inspector-ui/src/parts/use-window.ts',
    'inspector-ui/src/views/logs/lines-list.tsx',
    'inspector-ui/src/views/logs/use-virtual.ts',
  ])
})

test('no answer of the inspector has such a member', () => {
  expect(['src/inspector', 'src/reading', 'src/records'].flatMap(filesWithNames)).toEqual([])
})
