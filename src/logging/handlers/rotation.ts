import { existsSync, renameSync } from 'node:fs'

/** When a file is moved away, and how many such backups are kept. */
export interface Rotation {
  /** A file rotates before it would grow past this; default 10 MB (10,485,760). */
  maxBytes: number
  /** Backups `.1` (newest) to `.N`; the oldest is deleted. Default 10. */
  backups: number
}

export const defaultRotation: Rotation = { maxBytes: 10 * 1024 * 1024, backups: 10 }

/**
 * Moves `path` to `path.1`, `path.1` to `path.2` and so on; what stood at `path.<backups>` is deleted. The shift stops
 * at the first gap, so that a rotation that was cut short is finished by the next one.
 */
export function rotate(path: string, backups: number): void {
  let gap = 1
  while (gap < backups && existsSync(`${path}.${gap}`)) gap++
  for (let number = gap; number > 1; number--) renameSync(`${path}.${number - 1}`, `${path}.${number}`)
  renameSync(path, `${path}.1`)
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
