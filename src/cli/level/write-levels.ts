import { closeSync, constants, fsyncSync, openSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LevelRule } from '../../logging/choice/level-rules.js'
import { levelsFile, levelsText, maxLevelsBytes } from '../../logging/choice/levels-json.js'
import { UsageError } from '../command.js'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants
// A command that died left its file behind.
const oldMs = 10_000

/**
 * Writes the levels.json of a directory in one step: services see the old file or the new one. The file that is written first has one
 * name, so only one command changes the levels at a time.
 *
 * @param change makes the new rules; called while no other command changes them
 * @throws UsageError if another command is at it, or there are too many rules
 */
export function changeLevels(directory: string, change: () => readonly LevelRule[]): void {
  const draft = join(directory, `.${levelsFile}.new`)
  const fd = openDraft(draft)
  try {
    const text = levelsText(change())
    if (Buffer.byteLength(text) > maxLevelsBytes)
      throw new UsageError('spoor level: there are too many rules; remove some by spoor level --clear')
    // Unlike writeSync, it fails on a disk that has room for a part only.
    writeFileSync(fd, text)
    fsyncSync(fd)
    renameSync(draft, join(directory, levelsFile))
  } catch (error) {
    unlinkSync(draft)
    throw error
  } finally {
    closeSync(fd)
  }
}

function openDraft(path: string): number {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY)
  if (age > oldMs) unlinkSync(path)
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new UsageError('spoor level: another command changes the levels now; try again in some seconds')
  }
}
