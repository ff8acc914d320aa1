import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkLinks, doubtAboutFile, othersMayWrite, ownerOfNew } from './ownership.js'

/**
 * Returns the reason why a line could not be written to a file now. Opens no file. Creates only a probe, if the owner of new files
 * is in doubt. The first line reports all faults that this function does not see.
 *
 * @returns a message with the fix: `path: expected …, got …; fix`. Undefined if it sees no problem
 */
export function placeProblem(path: string): string | undefined {
  try {
    const directory = dirname(path)
    const there = statsAt(path, lstatSync)
    return directoryProblem(directory, there !== undefined) ?? (there && fileProblem(path, there))
  } catch (error) {
    const { message } = error as Error
    // `checkLinks` describes the problem itself.
    if (!('code' in (error as Error))) return message
    return `${path}: expected a path that this process can reach, got ${message}; change the permissions of its directory`
  }
}

function directoryProblem(directory: string, hasFile: boolean): string | undefined {
  const [at, there] = nearest(directory)
  const fix = 'delete it, or choose another directory'
  if (there === undefined) return `${at}: expected a directory, got a symbolic link that leads nowhere; ${fix}`
  if (!there.isDirectory()) return `${at}: expected a directory, got a file; ${fix}`
  checkLinks(at)
  // In a directory without write permission, an existing file takes lines, but cannot rotate.
  const denied = hasFile ? undefined : deniedBecause(at, constants.W_OK | constants.X_OK)
  if (denied === undefined) return undefined
  return `${at}: expected a directory that this process may write, got ${denied}; change its permissions, or choose another directory`
}

function fileProblem(path: string, there: Stats): string | undefined {
  const kind = kindOf(there)
  if (kind !== undefined) return `${path}: expected a regular file, got ${kind}; delete it, or choose another name`
  const denied = deniedBecause(path, constants.W_OK)
  if (denied !== undefined)
    return `${path}: expected a file that this process may write, got ${denied}; change its permissions`
  if (!othersMayWrite(dirname(path))) return undefined
  const doubt = doubtAboutFile(there, (uid) => uid === ownerOfNew(path))
  return doubt && `${path}: ${doubt}, in a directory that others may write; delete it or restrict the directory`
}

/** The directory, or the nearest directory above it that exists, with its stats. A link that leads nowhere has no stats. */
function nearest(directory: string): [string, Stats | undefined] {
  const there = statsAt(directory, statSync)
  const above = dirname(directory)
  const isMissing = there === undefined && statsAt(directory, lstatSync) === undefined
  return isMissing && above !== directory ? nearest(above) : [directory, there]
}

/** The stats of a path; undefined if the path does not exist, also if a file is in the place of a directory above. */
function statsAt(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function kindOf(there: Stats): string | undefined {
  if (there.isFile()) return undefined
  if (there.isSymbolicLink()) return 'a symbolic link'
  return there.isDirectory() ? 'a directory' : 'something else'
}

/** The code of the error, for example EACCES or EROFS. */
function deniedBecause(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
