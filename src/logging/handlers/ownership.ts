// Checks that another user of the machine did not prepare the place of a log file: with a file of their own, with a hard link to
// a file of this user, or with a symbolic link. Windows has no user ids, so nothing is checked there.

import { closeSync, fstatSync, lstatSync, openSync, type Stats, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The part of a file's stats that the check needs. */
export type Prepared = Pick<Stats, 'uid' | 'nlink'>

/** Whether `uid` is the user of this process, or root. */
export function isTrusted(uid: number): boolean {
  return uid === 0 || uid === (process.geteuid?.() ?? uid)
}

/**
 * Whether users other than this one and root may create files in a directory. The sticky bit does not prevent that. A group with
 * write permission counts as others, except root's group and the user's private group, which has the number of the user.
 */
export function othersMayWrite(directory: string): boolean {
  const uid = process.geteuid?.()
  if (uid === undefined) return false
  const { mode, gid, uid: owner } = statSync(directory)
  const isOwnGroup = gid === 0 || (gid === process.getegid?.() && gid === uid)
  return !isTrusted(owner) || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && !isOwnGroup)
}

/** Whether this user may rename or delete a file of `uid`, given that the user may write the directory. */
export function mayReplace(uid: number, directory: string): boolean {
  const own = process.geteuid?.() ?? 0
  if (own === 0 || uid === own) return true
  const { mode, uid: owner } = statSync(directory)
  return (mode & 0o1000) === 0 || owner === own
}

/**
 * Checks the symbolic links on the way to a directory.
 *
 * @throws Error for a link of another user in a directory that others may write: that user chooses where the link leads
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
 * Says, for a message, why another user may have prepared an open file. Undefined if the file is beyond doubt.
 *
 * @param isOurs whether the file system gives this owner to files of this process; called only in doubt
 */
export function doubtAboutFile({ uid, nlink }: Prepared, isOurs: (uid: number) => boolean): string | undefined {
  if (process.geteuid === undefined) return undefined
  if (!isTrusted(uid) && !isOurs(uid))
    return `expected a file of this user or root, got one of another user (uid ${uid})`
  // 0 links: the file was deleted meanwhile, or the file system does not count links.
  return nlink > 1 ? `expected a file with one name, got one with ${nlink} (hard links)` : undefined
}

/** Says the same about the directory of a file. */
export function doubtAboutDirectory(directory: string, isOurs: (uid: number) => boolean): string | undefined {
  const { uid } = statSync(directory)
  if (isTrusted(uid) || isOurs(uid)) return undefined
  return `expected a directory of this user or root, got one of another user (uid ${uid}), who may delete the file`
}

/**
 * The user id that the file system gives to files of this process. NFS with `root_squash` and FAT give another one than the
 * user of the process. Creates a file beside `path` to find out, and deletes it.
 */
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
