import { maxLineBytes } from '../line-bounds.js'
import type { ListedFile, LogGroup } from './log-groups.js'
import { type OpenFile, openListed, type ReadingMode } from './open-file.js'

const chunkBytes = 2 ** 18
const newline = 10

/** Called with each new line and the name of its live file. */
export type OnLine = (text: string, file: string) => void

/** Called when reading goes on in the next file, with the bytes of the one that was rotated. */
export type OnRotated = (bytes: number) => void

/** Where a reader is in a log file: the file, and the end of the last whole line that was read. */
export interface FilePlace {
  readonly identity: string
  readonly at: number
}

/**
 * Follows one log file across its rotations: reads on in the file that it knows, then in the files that came after it, oldest
 * first, so that no line is read twice and none is missed.
 */
export class FollowedGroup {
  readonly #name: string
  readonly #mode: ReadingMode
  #file: OpenFile | undefined
  /** The backups that are older than the file that is read, as they were at the last look. */
  #older: readonly ListedFile[] = []
  #at = 0
  /** Where the next line begins. */
  #lineAt = 0
  #rest: Buffer = Buffer.alloc(0)
  #isClosed = false
  #isReading = false

  /** @param place where to begin; default: the end of the live file */
  constructor(group: LogGroup, mode: ReadingMode, place?: FilePlace) {
    this.#name = group.name
    this.#mode = mode
    const known = place && group.files.find(({ identity }) => identity === place.identity)
    const first = known ?? group.files[0]
    if (first === undefined) return
    this.#older = group.files.slice(group.files.indexOf(first) + 1)
    this.#file = openListed(first, mode)
    this.#at = known === undefined ? first.bytes : Math.min((place as FilePlace).at, first.bytes)
    this.#lineAt = this.#at
  }

  /** Where the next line begins. */
  get place(): FilePlace | undefined {
    return this.#file && { identity: this.#file.listed.identity, at: this.#lineAt }
  }

  /**
   * Reads what is new. Call it again and again.
   *
   * @param list lists the files as they are now: many rotations can happen while one file is read
   * @param until reads no further than this place
   * @param onRotated called for each rotation, between the lines of both files
   * @returns false if lines may be missing, because the file that was read is gone
   */
  async read(list: () => LogGroup, onLine: OnLine, until?: FilePlace, onRotated?: OnRotated): Promise<boolean> {
    this.#isReading = true
    try {
      return await this.#readAll(list, onLine, until, onRotated)
    } finally {
      this.#isReading = false
      if (this.#isClosed) this.close()
    }
  }

  close(): void {
    this.#isClosed = true
    // The number of a closed file may be that of another file when a reading in progress uses it.
    if (this.#isReading) return
    this.#file?.close()
    this.#file = undefined
  }

  async #readAll(list: () => LogGroup, onLine: OnLine, until?: FilePlace, onRotated?: OnRotated): Promise<boolean> {
    let isWhole = true
    if (this.#file === undefined) {
      // The log file is new: everything in it is.
      const oldest = list().files.at(-1)
      if (oldest === undefined || !this.#use(oldest)) return true
    }
    while (!this.#isClosed) {
      await this.#readOn(onLine, until)
      if (until !== undefined && until.identity === this.#file?.listed.identity) return isWhole
      const group = list()
      if (this.#isEmptied(group)) {
        isWhole = false
        this.#toBeginning()
        continue
      }
      const next = this.#nextFile(group)
      if (next === undefined) return isWhole
      if (next.isLost) isWhole = false
      // What a rotating writer wrote since the last look.
      await this.#readOn(onLine, until)
      const bytes = this.#at
      // A file that cannot be opened now may be there at the next look.
      if (!this.#use(next.file)) return isWhole
      if (!next.isLost) onRotated?.(bytes)
    }
    return isWhole
  }

  /** True if another program emptied the file that is read: it is shorter than the part that was read. */
  #isEmptied({ files }: LogGroup): boolean {
    const now = files.find(({ identity }) => identity === this.#file?.listed.identity)
    return now !== undefined && now.bytes < this.#at
  }

  /** The next file to read. `isLost`: files between the two are gone. Undefined without a next file. */
  #nextFile({ files }: LogGroup): { readonly file: ListedFile; readonly isLost: boolean } | undefined {
    const identity = this.#file?.listed.identity
    const number = files.findIndex((file) => file.identity === identity)
    // If there is a newer file, it is read next. Then the file that is read counts as an older one, too.
    if (number >= 0) this.#older = files.slice(Math.max(number, 1))
    // The file that is read was removed. If that was not by rotations, older backups are still there.
    const file = number < 0 ? files.findLast((one) => !this.#isOlder(one)) : files[number - 1]
    return file && { file, isLost: number < 0 }
  }

  /** A new file may have the identity of a deleted one. */
  #isOlder({ identity, bytes, modifiedMs }: ListedFile): boolean {
    return this.#older.some((one) => one.identity === identity && one.bytes === bytes && one.modifiedMs === modifiedMs)
  }

  /** @returns false if the file cannot be opened */
  #use(listed: ListedFile): boolean {
    const file = this.#isClosed ? undefined : openListed(listed, this.#mode)
    if (file === undefined) return false
    this.#file?.close()
    this.#file = file
    this.#toBeginning()
    return true
  }

  #toBeginning(): void {
    this.#at = this.#lineAt = 0
    this.#rest = Buffer.alloc(0)
  }

  async #readOn(onLine: OnLine, until: FilePlace | undefined): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const end = until?.identity === file.listed.identity ? until.at : Number.POSITIVE_INFINITY
    while (this.#at < end && !this.#isClosed) {
      const bytesRead = await file.read(buffer, 0, Math.min(chunkBytes, end - this.#at), this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      this.#take(Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]), onLine)
    }
  }

  #take(data: Buffer, onLine: OnLine): void {
    let at = 0
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, at)) {
      const start = at
      at = end + 1
      this.#lineAt += at - start
      if (end > start && end - start <= maxLineBytes) onLine(data.toString('utf8', start, end), this.#name)
    }
    this.#rest = data.subarray(at)
    if (this.#rest.length <= maxLineBytes) return
    // Longer lines are of other programs.
    this.#lineAt += this.#rest.length
    this.#rest = Buffer.alloc(0)
  }
}
