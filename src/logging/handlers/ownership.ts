// Other users of the machine may have prepared what lies where log files are written: files of their own, hard links to
// files of this user, symbolic links. On Windows there are no user ids, and nothing is checked.

import { closeSync, fstatSync, lstatSync, openSync, type Stats, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What of a file's stats its check needs. */
export type Prepared = Pick<Stats, 'uid' | 'nlink'>

/** Whether a file owned by `uid` is this process's or root's. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === (process.geteuid?.() ?? uid)
}

/**
 * Whether users other than this one and root may create, delete and rename files in a directory. The sticky bit does not
 * keep them from creating. The group counts, but for root's and one that bears the number of its only user.
 */
export function othersMayWrite(directory: string): boolean {
  const uid = process.geteuid?.()
  if (uid === undefined) return false
  const { mode, gid, uid: owner } = statSync(directory)
  const isOwnGroup = gid === 0 || (gid === process.getegid?.() && gid === uid)
  return !isTrusted(owner) || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && !isOwnGroup)
}

/** Whether this user may rename or delete a file of `uid` in a directory it may write. */
export function mayReplace(uid: number, directory: string): boolean {
  const own = process.geteuid?.() ?? 0
  if (own === 0 || uid === own) return true
  const { mode, uid: owner } = statSync(directory)
  return (mode & 0o1000) === 0 || owner === own
}

/**
 * Checks the symbolic links on the way to a directory.
 *
 * @throws Error for a link of another user in a directory that others may write: it leads where that user wants
 */
export function checkLinks(directory: string): void {
  const above = dirname(directory)
  if (above === directory || process.geteuid === undefined) return
  checkLinks(above)
  const there = lstatSync(directory, { throwIfNoEntry: false })
  if (there?.isSymbolicLink() && !isTrusted(there.uid) && othersMayWrite(above)) {
    throw new Error(
      `${directory}: expected a directory, got a symbolic link of another user (uid ${there.uid}); delete it, or choose a ` +
        'directory that others cannot write',
    )
  }
}

/**
 * What another user may have done to an open file, for a message; undefined if nothing.
 *
 * @param isOurs whether the file system gives files of this process this owner; asked only in doubt
 */
export function doubtAboutFile({ uid, nlink }: Prepared, isOurs: (uid: number) => boolean): string | undefined {
  if (process.geteuid === undefined) return undefined
  if (!isTrusted(uid) && !isOurs(uid))
    return `expected a file of this user or root, got one of another user (uid ${uid})`
  // 0: it was deleted meanwhile, or the file system counts no links.
  return nlink > 1 ? `expected a file with one name, got one with ${nlink} (hard links)` : undefined
}

/** The same about its directory. */
export function doubtAboutDirectory(directory: string, isOurs: (uid: number) => boolean): string | undefined {
  const { uid } = statSync(directory)
  if (isTrusted(uid) || isOurs(uid)) return undefined
  return `expected a directory of this user or root, got one of another user (uid ${uid}), who may delete the file`
}

/** The owner that a file system gives to files of this process: NFS with `root_squash` and FAT give another one. */
export function ownerOfNew(path: string): number {
  const probe = join(
    dirname(path),
    `.${basename(path)}.owner-${process.getBuiltinModule('node:crypto').randomBytes(6).toString('hex')}`,
  )
  const fd = openSync(probe, 'wx', 0o600)
  try {
    return fstatSync(fd).uid
  } finally {
    closeSync(fd)
    unlinkSync(probe)
  }
}
