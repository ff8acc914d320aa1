// Moves a full log file to `.1`, `.1` to `.2` and so on, while other processes do the same.
//
// Guarantees: one process or thread rotates at a time, and a rotation that is killed half-way loses no line. The next rotation
// finishes it.
//
// It looks odd for three reasons. It holds the directory open and renames below /proc/self/fd, because the directory itself may
// be moved meanwhile. It renames from the oldest backup to the newest, and only to the first gap. It asks `lock.isFresh()`
// before each rename, because another process may take over from one that was stopped.

import { closeSync, constants, existsSync, lstatSync, openSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { acquireLock, type Lock } from './lock.js'
import { mayReplace } from './ownership.js'

/** When a log file rotates, and how many backups are kept. */
export interface Rotation {
  /** Bytes. The file rotates before it would grow past this size. Default 10 MB (10,485,760). */
  maxBytes: number
  /** The number of backups, from `.1` (newest) to `.N`. A rotation deletes the oldest. Default 10. */
  backups: number
  /**
   * Milliseconds. A backup is deleted when its last line is older. Default: backups are kept whatever their age. Lines in the
   * file itself may be older: it becomes a backup when it is full.
   */
  keepForMs?: number | undefined
}

const defaultRotation: Rotation = { maxBytes: 10 * 1024 * 1024, backups: 10 }

/** The rotation of a file: the defaults, and the options, of which a later one wins. A member that is undefined is not set. */
export function rotationOf(...options: readonly (Partial<Rotation> | undefined)[]): Rotation {
  const isSet = ([, value]: [string, unknown]): boolean => value !== undefined
  const set = options.flatMap((own) => Object.entries(own ?? {}).filter(isSet))
  return { ...defaultRotation, ...(Object.fromEntries(set) as Partial<Rotation>) }
}

/**
 * Takes the lock, and rotates `path` if `bytes` more would still take it past the limit.
 *
 * @returns false if another process or thread is rotating it, or took over meanwhile
 * @throws the error of the file system
 */
export function rotate(path: string, bytes: number, rotation: Rotation): boolean {
  return inDirectory(path, (there) => rotateIn(there, bytes, rotation))
}

/**
 * Calls `act` with a path that leads to the file in the directory that is there now, also if the directory is moved meanwhile.
 * Otherwise renames would hit the backups in the new directory of that name, where another process may have rotated.
 */
export function inDirectory<T>(path: string, act: (path: string) => T): T {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const there = `/proc/self/fd/${directory}`
    return act(existsSync(`${there}/.`) ? `${there}/${basename(path)}` : path)
  } finally {
    closeSync(directory)
  }
}

function rotateIn(path: string, bytes: number, { maxBytes, backups }: Rotation): boolean {
  const lock = acquireLock(path)
  if (lock === undefined) return false
  try {
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
    return size === 0 || size + bytes <= maxBytes || shift(path, backups, lock)
  } finally {
    lock.release()
  }
}

/**
 * Moves `path` to `path.1`, `path.1` to `path.2` and so on. The oldest backup, `path.<backups>`, is deleted. The shift stops at
 * the first gap: a rotation that was killed left it there, and this one finishes it.
 *
 * @returns false if the lock was lost meanwhile
 */
function shift(path: string, backups: number, lock: Lock): boolean {
  const slots = slotsOf(path, backups)
  const [newest] = slots
  if (newest === undefined) throw new Error(`${path}: expected room for a backup, got directories or files of others`)
  for (let at = slots.length - 1; at > 0 && lock.isFresh(); at--) {
    renameSync(slots[at - 1] as string, slots[at] as string)
  }
  if (!lock.isFresh()) return false
  renameSync(path, newest)
  return true
}

/** Backups with higher numbers are not read. */
export const maxNumber = 1_000

/**
 * The paths of the backups, up to and including the first gap. Skips a path that no file can be renamed to: a directory, or
 * another user's file in a directory like /tmp. Such a path would stop rotation for good. If such things lie in all places,
 * the first free place behind them is taken.
 */
function slotsOf(path: string, backups: number): string[] {
  const slots: string[] = []
  for (let number = 1; number <= backups || (slots.length === 0 && number <= maxNumber); number++) {
    const slot = `${path}.${number}`
    const there = lstatSync(slot, { throwIfNoEntry: false })
    if (there !== undefined && (there.isDirectory() || !mayReplace(there.uid, dirname(path)))) continue
    slots.push(slot)
    if (there === undefined) break
  }
  return slots
}

/**
 * How many bytes of `lines` fit into `room` bytes. Counts whole lines only.
 *
 * @returns 0 if not even the first line fits
 */
export function fitting(lines: Buffer, room: number): number {
  if (lines.length <= room) return lines.length
  return room <= 0 ? 0 : lines.lastIndexOf(10, room - 1) + 1
}
