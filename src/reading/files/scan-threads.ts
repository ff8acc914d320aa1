import type { Worker } from 'node:worker_threads'
import type { OpenFile } from './open-file.js'
import type { Part } from './scan.js'

/** A part of an open file to search. */
export interface ScanTask {
  readonly file: OpenFile
  readonly part: Part
}

/** Where the ids occur in the part of a task, in order. Undefined: the part must be searched again, in this thread. */
export type Places = readonly number[] | undefined

/** To start a thread takes 15 to 25 ms: less is read sooner without one. */
const minBytes = 64 * 2 ** 20
/** One disk has no use for more. */
const maxThreads = 3
/** Of a part with more places, the lines are found sooner in a second pass. */
const maxPlaces = 200

/**
 * The program of a thread. It takes tasks from the shared counter until none is left. File descriptors are those of the
 * process, so a file that was renamed or removed meanwhile is still read.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const { readSync } = require('node:fs')
const { next, tasks, ids, maxPlaces } = workerData
const needles = ids.map((id) => Buffer.from(id))
const overlap = Math.max(...needles.map((needle) => needle.length)) - 1
const pieceBytes = 2 ** 18
const buffer = Buffer.allocUnsafeSlow(overlap + pieceBytes)
function placesIn({ descriptor, from, to }) {
  const places = new Set()
  let kept = 0
  for (let at = from; at < to; ) {
    const bytes = readSync(descriptor, buffer, kept, Math.min(pieceBytes, to - at), at)
    if (bytes === 0) break
    const piece = buffer.subarray(0, kept + bytes)
    for (const needle of needles)
      for (let place = piece.indexOf(needle); place >= 0; place = piece.indexOf(needle, place + 1)) {
        places.add(at - kept + place)
        if (places.size > maxPlaces) return undefined
      }
    at += bytes
    kept = Math.min(overlap, piece.length)
    piece.copyWithin(0, piece.length - kept)
  }
  return [...places].sort((a, b) => a - b)
}
for (let task = Atomics.add(next, 0, 1); task < tasks.length; task = Atomics.add(next, 0, 1))
  parentPort.postMessage({ task, places: placesIn(tasks[task]) })
`

/** Threads that search tasks beside this one. */
export class ScanThreads {
  readonly #next = new Int32Array(new SharedArrayBuffer(4))
  readonly #places = new Map<number, Places>()
  readonly #threads: Set<Worker>
  /** How many tasks the threads have not reported. This thread takes some of them. */
  #left: number
  #isOver = (): void => undefined

  /** @returns undefined where threads do not help: little to read, or one core */
  static start(tasks: readonly ScanTask[], ids: readonly string[]): ScanThreads | undefined {
    const bytes = tasks.reduce((sum, { part }) => sum + part.to - part.from, 0)
    // Each id is one more pass through the bytes.
    if (bytes < minBytes || ids.length > 2) return undefined
    const cores = process.getBuiltinModule('node:os').availableParallelism()
    const threads = Math.min(cores - 1, maxThreads)
    return threads < 1 ? undefined : new ScanThreads(tasks, ids, threads)
  }

  private constructor(tasks: readonly ScanTask[], ids: readonly string[], threads: number) {
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    const given = tasks.map(({ file, part }) => ({ descriptor: file.descriptor, from: part.from, to: part.to }))
    const workerData = { next: this.#next, tasks: given, ids, maxPlaces }
    this.#left = tasks.length
    this.#threads = new Set(
      Array.from({ length: threads }, () => new Worker(program, { eval: true, workerData, execArgv: [] })),
    )
    for (const thread of this.#threads) this.#listen(thread)
  }

  /** Takes the number of the next task for this thread. It may be beyond the last. */
  take(): number {
    this.#left--
    return Atomics.add(this.#next, 0, 1)
  }

  /**
   * What the threads found, by the number of the task. A task that failed there is missing. Called once this thread has taken a
   * number beyond the last task. A thread that has not begun is not waited for.
   */
  async places(): Promise<ReadonlyMap<number, Places>> {
    // The number beyond the last does not belong to a task.
    this.#left++
    if (this.#left > 0 && this.#threads.size > 0) {
      await new Promise<void>((resolve) => {
        this.#isOver = resolve
      })
    }
    for (const thread of this.#threads) void thread.terminate()
    return this.#places
  }

  // A thread that fails leaves its task to this thread.
  #listen(thread: Worker): void {
    const ended = (): void => {
      this.#threads.delete(thread)
      if (this.#threads.size === 0) this.#isOver()
    }
    thread.on('message', ({ task, places }: { task: number; places: Places }) => {
      this.#places.set(task, places)
      if (--this.#left === 0) this.#isOver()
    })
    thread.on('error', ended)
    thread.on('exit', ended)
  }
}
