import { closeSync, constants, existsSync, lstatSync, openSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { acquireLock, type Lock } from './lock.js'
import { mayReplace } from './ownership.js'

/** When a file is moved away, and how many such backups are kept. */
export interface Rotation {
  /** A file rotates before it would grow past this; default 10 MB (10,485,760). */
  maxBytes: number
  /** Backups `.1` (newest) to `.N`; the oldest is deleted. Default 10. */
  backups: number
}

export const defaultRotation: Rotation = { maxBytes: 10 * 1024 * 1024, backups: 10 }

/**
 * Rotates `path` if `bytes` more would still take it past the limit, now that nobody else rotates it.
 *
 * @returns false if somebody else is rotating it, or took over from us
 */
export function rotate(path: string, bytes: number, rotation: Rotation): boolean {
  // One directory from beginning to end: were it moved on the way, the renames by path would fall on the backups of the
  // new one of that name, where somebody else may have rotated.
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const there = `/proc/self/fd/${directory}`
    return rotateIn(existsSync(`${there}/.`) ? `${there}/${basename(path)}` : path, bytes, rotation)
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
 * Moves `path` to `path.1`, `path.1` to `path.2` and so on; what stood at `path.<backups>` is deleted. The shift stops
 * at the first gap, so that a rotation that was cut short is finished by the next one.
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
const maxNumber = 1_000

/**
 * The backups' paths up to the first gap, that included. Leaves out what no file can be renamed to: a directory, and
 * another user's file in a directory like /tmp. One of them would stop rotation for good. Where such things lie in all
 * places, the first free one behind them is taken.
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
 * How many of the bytes of `lines` fit into a file that has room for `room`: whole lines only.
 *
 * @returns 0 if not even the first line fits
 */
export function fitting(lines: Buffer, room: number): number {
  if (lines.length <= room) return lines.length
  return room <= 0 ? 0 : lines.lastIndexOf(10, room - 1) + 1
}
