import { lstatSync, readdirSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runDetached } from '../../context/storage.js'
import { lastLineTime } from './line-time.js'
import { acquireLock } from './lock.js'
import { isTrusted, mayReplace, othersMayWrite } from './ownership.js'
import { inDirectory, maxNumber } from './rotation.js'
import { SteadyClock } from './steady-clock.js'

/** The backups of a file with `keepForMs`, as `logs.health()` shows them. */
export interface Retained {
  /** The number of backups. */
  readonly backups: number
  /** The time of the last line of the oldest backup, in ms since the epoch. Absent without backups. */
  readonly oldest?: number
  /** Backups that this process deleted because of their age. */
  readonly deleted: number
}

interface Backup {
  readonly path: string
  /** When its last line was written. */
  readonly time: number
}

// Made when the module is loaded, so that it notices a clock that is set forward after the start.
const clock = new SteadyClock()
const minPauseMs = 1_000
const maxPauseMs = 3_600_000
// A time of tomorrow says nothing about the age of a line.
const maxAheadMs = 24 * 3_600_000

/**
 * Deletes the backups of a log file whose last line is older than `keepForMs`. The backups are checked when the file is opened or
 * rotated, and every tenth of `keepForMs`, but at least every hour. Only regular files named `<file>.<number>` count as backups.
 * The log file itself is never deleted. Only the process with the file's lock deletes, because a rotation renames the backups.
 */
export class Retention {
  readonly #path: string
  readonly #keepForMs: number
  readonly #warn: (message: string) => void
  #timer: NodeJS.Timeout | undefined
  #backups: readonly Backup[] = []
  #deleted = 0

  constructor(path: string, keepForMs: number, warn: (message: string) => void) {
    this.#path = path
    this.#keepForMs = keepForMs
    this.#warn = warn
  }

  get retained(): Retained {
    const backups = this.#backups.length
    const oldest = Math.min(...this.#backups.map(({ time }) => time))
    return { backups, ...(backups === 0 ? {} : { oldest }), deleted: this.#deleted }
  }

  /** Checks the backups now, and then at intervals. Call it when the file is open. */
  start(): void {
    if (this.#timer !== undefined) return
    const pauseMs = Math.min(Math.max(this.#keepForMs / 10, minPauseMs), maxPauseMs)
    // The timer belongs to no request.
    this.#timer = runDetached(() => setInterval(() => this.check(), pauseMs).unref())
    this.check()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Never throws: a line must not be refused because an old file cannot be deleted. */
  check(): void {
    try {
      const before = clock.now() - this.#keepForMs
      this.#backups = backupsOf(this.#path)
      if (this.#backups.some(({ time }) => time < before)) this.#deleteOlder(before)
    } catch (error) {
      this.#fail(error)
    }
  }

  #deleteOlder(before: number): void {
    inDirectory(this.#path, (path) => {
      const lock = acquireLock(path)
      // Another process rotates or deletes. The next check comes soon enough.
      if (lock === undefined) return
      try {
        const kept: Backup[] = []
        for (const backup of backupsOf(path)) {
          const isOld = backup.time < before && lock.isFresh()
          if (!isOld || !this.#isDeleted(backup.path)) kept.push(backup)
        }
        this.#backups = kept
      } finally {
        lock.release()
      }
    })
  }

  #isDeleted(path: string): boolean {
    try {
      unlinkSync(path)
      this.#deleted++
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #fail(error: unknown): void {
    // The directory was moved or deleted meanwhile, so it has nothing to delete.
    const { code = 'an error' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    this.#warn(
      `${this.#path}: expected to delete backups older than keepForMs, got ${code}; change the permissions of the directory`,
    )
  }
}

/** The backups of a log file, newest first. */
function backupsOf(path: string): Backup[] {
  const directory = dirname(path)
  const prefix = `${basename(path)}.`
  const onlyTrusted = othersMayWrite(directory)
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && isNumber(name.slice(prefix.length)))
    .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)))
    .flatMap((name) => backupAt(join(directory, name), onlyTrusted) ?? [])
}

function isNumber(text: string): boolean {
  return /^[1-9]\d{0,15}$/.test(text) && Number(text) <= maxNumber
}

/** The backup at a path; undefined if the path is not a regular file, or a file of a user who is not trusted. */
function backupAt(path: string, onlyTrusted: boolean): Backup | undefined {
  try {
    const there = lstatSync(path)
    if (!there.isFile() || !mayReplace(there.uid, dirname(path)) || (onlyTrusted && !isTrusted(there.uid))) return
    const time = timeOf(path) ?? there.mtimeMs
    return { path, time: time > clock.now() + maxAheadMs ? there.mtimeMs : time }
  } catch {
    // It was renamed or deleted meanwhile.
    return undefined
  }
}

function timeOf(path: string): number | undefined {
  try {
    return lastLineTime(path)
  } catch (error) {
    // A file that may not be read has a time of change.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined
    throw error
  }
}
