import type { ReadAccess } from '../../records/read-access.js'
import { Hits } from '../find/hits.js'
import type { Bounds, LineSearch, Searched } from '../find/line-search.js'
import { disorderMs } from '../line-bounds.js'
import { lineTime } from '../line-time.js'
import type { ListedFile, LogGroup } from './log-groups.js'
import { Needles, needleOf } from './needles.js'
import { type OpenFile, openListed, type ReadingMode } from './open-file.js'
import { isForRequests } from './request-rows.js'
import { type Part, readLine, scan, scanBuffers } from './scan.js'
import { type ScanTask, ScanThreads } from './scan-threads.js'
import { firstTime, placeOfTime } from './time-in-file.js'

/** A file is written for a moment after its last line was made. */
const lateWriteMs = 2_000

/** How many files are open at a time. */
const maxOpen = 256

export interface SearchParts {
  readonly access: ReadAccess
  readonly groups: readonly LogGroup[]
  readonly mode: ReadingMode
  readonly progress?: ((searched: Searched) => void) | undefined
}

/** Searches the lines of ids in log files. Remembers which parts it has read, and reads no part twice for one id. */
export class FileSearch implements LineSearch {
  readonly hits: Hits
  readonly searched: Searched
  /** Files that could not be opened. */
  readonly vanished: string[] = []
  readonly #groups: readonly LogGroup[]
  readonly #progress: ((searched: Searched) => void) | undefined
  /** By id and file. */
  readonly #parts = new Map<string, Map<ListedFile, Part[]>>()
  readonly #read = new Set<ListedFile>()
  readonly #mode: ReadingMode
  readonly #buffers = scanBuffers()

  constructor({ access, groups, mode, progress }: SearchParts) {
    this.#mode = mode
    this.hits = new Hits(access)
    this.#groups = [...groups].sort((a, b) => Number(isForRequests(b)) - Number(isForRequests(a)))
    const files = groups.flatMap((group) => group.files)
    this.searched = {
      bytes: 0,
      ofBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: 0,
      ofFiles: files.length,
    }
    this.#progress = progress
  }

  /**
   * Searches where the bounds say. The files of request lines come first, because they give the end.
   *
   * @param toEnd true to read the files of request lines up to their end: late lines are there
   */
  async within(ids: readonly string[], { from, until }: Bounds, toEnd: boolean): Promise<void> {
    // An id without a time says nothing about where to read.
    if (from === Number.NEGATIVE_INFINITY) return this.everywhere(ids)
    this.hits.want(ids)
    const needles = new Needles(ids)
    for (const group of this.#groups) {
      // Without a request line there is no end: `everywhere` reads the rest sooner.
      if (!isForRequests(group) && until() === Number.POSITIVE_INFINITY) return
      const end = toEnd && isForRequests(group) ? () => Number.POSITIVE_INFINITY : until
      await this.#searchGroup(ids, needles, group, from - disorderMs, end)
    }
  }

  /** Searches the request lines from a time on, to their end. */
  async requestLines(id: string, from: number): Promise<void> {
    this.hits.want([id])
    const needles = new Needles([id])
    for (const group of this.#groups.filter(isForRequests)) {
      await this.#searchGroup([id], needles, group, from - disorderMs, () => Number.POSITIVE_INFINITY)
    }
  }

  /** Searches everything that was not read yet for all of these ids. */
  async everywhere(ids: readonly string[]): Promise<void> {
    this.hits.want(ids)
    const [only] = ids
    const needles = new Needles(ids)
    const files = this.#groups.flatMap((group) => group.files)
    for (let at = 0; at < files.length; at += maxOpen) {
      const opened = files.slice(at, at + maxOpen).flatMap((file) => this.#opened(file))
      try {
        const tasks = opened.flatMap((file): ScanTask[] => {
          const known = ids.length === 1 && only !== undefined ? this.#partsOf(only, file.listed) : []
          return gaps(known, file.listed.bytes).map((part) => ({ file, part }))
        })
        await this.#scanAll(ids, needles, tasks)
      } finally {
        for (const file of opened) file.close()
      }
    }
  }

  /** Scans all parts, with other threads where they help. A service has other work for its cores. */
  async #scanAll(ids: readonly string[], needles: Needles, tasks: readonly ScanTask[]): Promise<void> {
    const threads = this.#mode === 'blocking' ? ScanThreads.start(tasks, ids.map(needleOf)) : undefined
    const own = new Set<number>()
    let next = 0
    for (let task = threads?.take() ?? next++; task < tasks.length; task = threads?.take() ?? next++) {
      own.add(task)
      const { file, part } = tasks[task] as ScanTask
      await this.#scan(ids, file, needles, part)
    }
    if (threads === undefined) return
    const places = await threads.places()
    for (const [task, { file, part }] of tasks.entries()) {
      if (own.has(task)) continue
      const known = places.get(task)
      if (known === undefined) await this.#scan(ids, file, needles, part)
      else await this.#takeOver(ids, file, part, known)
    }
  }

  /** Reads the lines at the places that another thread found. */
  async #takeOver(ids: readonly string[], file: OpenFile, part: Part, places: readonly number[]): Promise<void> {
    let searchedTo = part.from
    for (const place of places) {
      if (place < searchedTo) continue
      const line = await readLine(file, place)
      this.hits.add(file.listed, line)
      searchedTo = Math.max(line.start + line.bytes.length, place + 1)
    }
    this.searched.bytes += part.to - part.from
    this.#progress?.(this.searched)
    this.#wasRead(ids, file.listed, part)
  }

  #opened(listed: ListedFile): OpenFile[] {
    const file = openListed(listed, this.#mode)
    if (file === undefined && !this.vanished.includes(listed.name)) this.vanished.push(listed.name)
    return file === undefined ? [] : [file]
  }

  async #searchGroup(
    ids: readonly string[],
    needles: Needles,
    group: LogGroup,
    from: number,
    until: () => number,
  ): Promise<void> {
    // Oldest first: the search ends as soon as the lines are too young.
    const files = group.files.filter(({ modifiedMs }) => modifiedMs + lateWriteMs >= from).reverse()
    for (const file of files) {
      let isOver = false
      await this.#withFile(file, async (open) => {
        const first = await firstTime(open)
        if (first !== undefined && first > until() + disorderMs) {
          isOver = true
          return
        }
        const start = first === undefined || first >= from ? 0 : await placeOfTime(open, from)
        await this.#scan(
          ids,
          open,
          needles,
          { from: start, to: file.bytes },
          (head) => timeOf(head) > until() + disorderMs,
        )
      })
      if (isOver) return
    }
  }

  async #scan(
    ids: readonly string[],
    file: OpenFile,
    needles: Needles,
    part: Part,
    isPast?: (head: Buffer) => boolean,
  ): Promise<void> {
    const { listed } = file
    const end = await scan({
      file,
      part,
      needles,
      buffers: this.#buffers,
      isPast,
      found: (line) => this.hits.add(listed, line),
      progress: (bytes) => {
        this.searched.bytes += bytes
        this.#progress?.(this.searched)
      },
    })
    this.#wasRead(ids, listed, { from: part.from, to: end })
  }

  #wasRead(ids: readonly string[], file: ListedFile, part: Part): void {
    if (!this.#read.has(file)) this.searched.files++
    this.#read.add(file)
    for (const id of ids) this.#partsOf(id, file).push(part)
  }

  async #withFile(listed: ListedFile, use: (file: OpenFile) => Promise<void>): Promise<void> {
    const [file] = this.#opened(listed)
    if (file === undefined) return
    try {
      await use(file)
    } finally {
      file.close()
    }
  }

  #partsOf(id: string, file: ListedFile): Part[] {
    const files = this.#parts.get(id) ?? new Map<ListedFile, Part[]>()
    this.#parts.set(id, files)
    const parts = files.get(file) ?? []
    files.set(file, parts)
    return parts
  }
}

/** The time of the first whole line; -∞ without one. */
function timeOf(head: Buffer): number {
  for (let at = head.indexOf(10), tries = 0; at >= 0 && tries < 20; at = head.indexOf(10, at + 1), tries++) {
    const time = lineTime(head.toString('latin1', at + 1, at + 65))
    if (time !== undefined) return time
  }
  return Number.NEGATIVE_INFINITY
}

/** The parts of 0 to `end` that `known` leaves out, in order. */
function gaps(known: readonly Part[], end: number): Part[] {
  const left: Part[] = []
  let at = 0
  for (const { from, to } of [...known].sort((a, b) => a.from - b.from)) {
    if (from > at) left.push({ from: at, to: from })
    at = Math.max(at, to)
  }
  if (at < end) left.push({ from: at, to: end })
  return left
}
