import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { makeDirectory } from '../../logging/handlers/directory.js'
import { isAlive, self } from '../../logging/handlers/process-identity.js'
import { oncePerProcess } from '../../process/once.js'
import type { LineBatch } from './line-batch.js'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
const fileMode = 0o640
const directoryMode = 0o750
/** A batch is smaller; another file has no business here. */
const maxFileBytes = 64 * 2 ** 20
/** A process that lives sends its files within this time, unless the server is away for all. */
const othersAfterMs = 60_000

/** The first line of a file: what the batch was, and who wrote it. */
interface Head {
  readonly spoor: 'spilled lines'
  readonly database: string
  readonly id: string
  readonly created: number
  readonly count: number
  readonly owner: string
}

/** A batch in a file. */
export interface Spilled extends Pick<LineBatch, 'id' | 'created' | 'count' | 'bytes'> {
  readonly path: string
}

let files = 0
/** The files that handlers of this process send. `isAlive` cannot tell one handler of a process from another. */
const held = oncePerProcess('spilled-files.1', () => new Set<string>())

/**
 * Batches of lines in a directory: one file a batch, whose first line says what it is, followed by the lines as they are. Files of
 * processes that ended are taken over by others. Renaming a file decides who sends it.
 */
export class SpillFiles {
  readonly #directory: string
  readonly #maxBytes: number
  readonly #database: string
  /** The oldest first. */
  #files: Spilled[] = []
  readonly #left = new Set<string>()
  bytes = 0
  lines = 0
  /** Why the last batch could not be written; undefined if it could. */
  error: unknown

  constructor(directory: string, maxBytes: number, database: string) {
    this.#directory = resolve(directory)
    this.#maxBytes = maxBytes
    this.#database = database
  }

  /** The oldest batch. */
  get first(): Spilled | undefined {
    return this.#files[0]
  }

  /** Writes a batch. @returns whether there was room for it, on the disk too */
  add(batch: LineBatch): boolean {
    if (this.bytes + batch.bytes > this.#maxBytes) return false
    try {
      makeDirectory(this.#directory, directoryMode)
      const path = this.#newPath(batch.created)
      writeNew(`${path}.part`, [Buffer.from(`${JSON.stringify(this.#head(batch))}\n`), ...batch.pieces])
      // Readers see whole files only.
      renameSync(`${path}.part`, path)
      this.#know({ path, id: batch.id, created: batch.created, count: batch.count, bytes: batch.bytes })
      this.error = undefined
      return true
    } catch (error) {
      this.error = error
      return false
    }
  }

  /** Reads a batch back. Undefined if another process has taken the file, it is damaged, or it cannot be read now. */
  read({ path }: Spilled): LineBatch | undefined {
    touch(path)
    const text = readWhole(path)
    const head = text && this.#headOf(text)
    if (text === undefined || head === undefined) return undefined
    const lines = text.subarray(text.indexOf(10) + 1)
    const { id, created, count } = head
    // The process that wrote it may have sent it.
    const missing = Math.max(0, count - lineEndsOf(lines))
    return { id, created, count, missing, pieces: [lines], bytes: lines.length, isUnsure: true }
  }

  /** Forgets a batch that could not be read. Its file stays: a process without free descriptors cannot open it either. */
  leave(spilled: Spilled): void {
    this.#forget(spilled)
  }

  /** Forgets a batch, and deletes its file. */
  remove(spilled: Spilled): void {
    if (!this.#forget(spilled)) return
    try {
      unlinkSync(spilled.path)
    } catch {}
  }

  /**
   * Takes over the files of processes and handlers that ended, and forgets those that others took.
   *
   * @param isAway true while the server is away. Processes that live would take files from each other, again and again, and none of
   * them would stay within its bound
   */
  adopt(isAway = false): void {
    const names = this.#names()
    if (names === undefined) return
    const there = new Set(names.map((name) => join(this.#directory, name)))
    for (const one of this.#files.filter(({ path }) => !there.has(path))) this.#forget(one)
    for (const name of names) {
      const path = join(this.#directory, name)
      if (this.#left.has(path) || held.has(path) || this.#files.some((one) => one.path === path)) continue
      const text = readWhole(path)
      // It may be readable later.
      if (text === undefined) continue
      const head = this.#headOf(text)
      // A file of another program is not looked at again.
      if (head === undefined) this.#left.add(path)
      else if (isAlive(head.owner) === false || (!isAway && ageOf(path) > othersAfterMs))
        this.#take(path, head, text.length)
    }
  }

  /** Called when the handler is closed: others may take its files over. */
  release(): void {
    for (const { path } of this.#files) held.delete(path)
  }

  #take(path: string, { id, created, count }: Head, bytes: number): void {
    const own = this.#newPath(created)
    touch(path)
    try {
      renameSync(path, own)
    } catch {
      // Another process was faster.
      return
    }
    this.#know({ path: own, id, created, count, bytes })
  }

  /** @returns whether it was known */
  #forget(spilled: Spilled): boolean {
    const at = this.#files.indexOf(spilled)
    if (at < 0) return false
    this.#files.splice(at, 1)
    held.delete(spilled.path)
    this.bytes -= spilled.bytes
    this.lines -= spilled.count
    return true
  }

  #know(spilled: Spilled): void {
    const behind = this.#files.findLastIndex((one) => one.created <= spilled.created)
    this.#files.splice(behind + 1, 0, spilled)
    held.add(spilled.path)
    this.bytes += spilled.bytes
    this.lines += spilled.count
  }

  /** The names of files, the oldest first; undefined if they cannot be listed now. A directory that is missing has none. */
  #names(): string[] | undefined {
    try {
      const names = readdirSync(this.#directory)
      return names.filter((name) => name.startsWith('spoor-') && name.endsWith('.jsonl')).sort()
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined
    }
  }

  #newPath(created: number): string {
    const token = Math.random().toString(36).slice(2)
    return join(this.#directory, `spoor-${created}-${process.pid}-${++files}-${token}.jsonl`)
  }

  #head({ id, created, count }: LineBatch): Head {
    return { spoor: 'spilled lines', database: this.#database, id, created, count, owner: JSON.stringify(self()) }
  }

  #headOf(text: Buffer): Head | undefined {
    try {
      const head = JSON.parse(text.subarray(0, text.indexOf(10)).toString()) as Head
      const isOurs = head.spoor === 'spilled lines' && head.database === this.#database
      return isOurs && typeof head.id === 'string' && Number.isFinite(head.created) ? head : undefined
    } catch {
      return undefined
    }
  }
}

function lineEndsOf(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(10); at >= 0; at = lines.indexOf(10, at + 1)) count++
  return count
}

/** A file that was touched is not taken over for a minute: its batch may be under way. */
function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {}
}

function writeNew(path: string, pieces: readonly Buffer[]): void {
  const fd = openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, fileMode)
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at)
    }
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(fd)
  }
}

function readWhole(path: string): Buffer | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stat = fstatSync(fd)
    return stat.isFile() && stat.size <= maxFileBytes ? readFileSync(fd) : undefined
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function ageOf(path: string): number {
  let fd: number | undefined
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    return Date.now() - fstatSync(fd).mtimeMs
  } catch {
    return 0
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
