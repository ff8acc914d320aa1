// Runs writers of one file, each a thread with the real code, one call of the file system at a time, in an order that
// the test chooses. Every interleaving can be made and made again.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { writeProgram } from '../programs/program.js'

/** What a writer does next: its call; if that is a write, only most of it, and then the disk is full. */
export type Step = 'go' | 'fill'

/** What a writer is to write: batches of so many lines. */
export interface Task {
  readonly id: number
  readonly path: string
  /** Where what a rotation deletes by right is kept aside. */
  readonly deleted: string
  readonly maxBytes: number
  readonly backups: number
  readonly batches: readonly number[]
}

const [turn, state, command, acknowledged, pauses] = [0, 1, 2, 3, 4] as const
const [scheduler, writer] = [0, 1] as const

const program = `
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  import { join } from 'node:path'
  import { parentPort, workerData } from 'node:worker_threads'
  const control = new Int32Array(workerData.memory)
  const disk = new Int32Array(workerData.disk)
  const real = { ...fs }
  const wait = Atomics.wait
  let isWriting = false
  let now = 0
  // What the code under test waits for is the other writers: a millisecond is a step.
  performance.now = () => now

  function step(name) {
    control[${state}] = names.indexOf(name)
    control[${turn}] = ${scheduler}
    Atomics.notify(control, ${turn})
    wait(control, ${turn}, ${scheduler})
  }

  const names = ['idle', 'lstatSync', 'statSync', 'fstatSync', 'openSync', 'closeSync', 'readSync', 'writeSync', 'readdirSync',
    'readFileSync', 'linkSync', 'unlinkSync', 'renameSync', 'existsSync', 'ftruncateSync', 'mkdirSync', 'pause']
  for (const name of names.slice(1, -1)) {
    fs[name] = (...args) => {
      // A rotation names its directory by /proc/self/fd; the rest of /proc tells who lives.
      if (!isWriting || /^\\/proc\\/(?!self\\/fd\\/)/.test(String(args[0]))) return real[name](...args)
      step(name)
      isWriting = false // readFileSync and others call what is wrapped here
      try {
        if (name === 'writeSync') return written(...args)
        if (name === 'renameSync') keepAside(args[1])
        return real[name](...args)
      } finally {
        isWriting = true
      }
    }
  }
  syncBuiltinESMExports()

  // As the system does it: first a write that is shorter than asked for, then errors, for all who write.
  function written(fd, bytes, at = 0) {
    // The lock's own file, which is written in one piece.
    if (typeof bytes === 'string') return real.writeSync(fd, bytes)
    if (disk[0] === 1) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    disk[0] = control[${command}]
    // Of three lines two and a part: what is whole must not be written again.
    let count = Math.ceil((bytes.length - at) * (disk[0] === 1 ? 0.8 : 1))
    // Of a half that lacks its newline only, the next writer's newline makes a line, and its owner repeats it: one in
    // hundreds of torn lines stands twice.
    if (bytes[at + count] === 10) count++
    return real.writeSync(fd, bytes, at, count)
  }

  let kept = 0
  function keepAside(path) {
    const isOldest = path.endsWith('.' + task.backups)
    if (isOldest && real.existsSync(path)) real.copyFileSync(path, join(task.deleted, task.id + '-' + kept++))
  }

  Atomics.wait = () => {
    step('pause')
    now++
    control[${pauses}]++
  }

  const { FileHandler } = await import('spoor/logging/handlers/file.js')
  let task
  // Its end says whose it is, too: half of one and half of another do not count.
  const line = (seq) => task.id + ':' + seq + ';' + seq + ':' + task.id + '\\n'
  parentPort.on('message', (given) => {
    task = given
    kept = 0
    const handler = new FileHandler(task.path, { maxBytes: task.maxBytes, backups: task.backups, mode: 0o640 })
    let seq = 0
    isWriting = true
    for (const count of task.batches) {
      let lines = Buffer.from(Array.from({ length: count }, () => line(++seq)).join(''))
      while (lines.length > 0) {
        try {
          handler.write(lines)
          break
        } catch (error) {
          lines = Buffer.concat([error.again ?? Buffer.alloc(0), lines.subarray(error.written ?? 0)])
        }
      }
      control[${acknowledged}] = seq
    }
    handler.release()
    isWriting = false
    control[${state}] = 0
    control[${turn}] = ${scheduler}
    Atomics.notify(control, ${turn})
  })
  parentPort.postMessage('ready')
`

let file: string | undefined
const disk = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** Makes room on the disk that all writers share. */
export function freeDisk(): void {
  disk[0] = 0
}

/** A writer that stands still before its next call, until it is told to go on. */
export class SteppedWriter {
  readonly #worker: Worker
  readonly #control: Int32Array

  private constructor(worker: Worker, memory: SharedArrayBuffer) {
    this.#worker = worker
    this.#control = new Int32Array(memory)
  }

  static async start(): Promise<SteppedWriter> {
    file ??= writeProgram(program)
    const memory = new SharedArrayBuffer(5 * Int32Array.BYTES_PER_ELEMENT)
    const worker = new Worker(file, { workerData: { memory, disk: disk.buffer } })
    worker.unref()
    await once(worker, 'message')
    return new SteppedWriter(worker, memory)
  }

  /** Begins a task and stops before its first call. */
  begin(task: Task): void {
    this.#control.fill(0)
    this.#control[turn] = writer
    this.#worker.postMessage(task)
    this.#untilStep()
  }

  get isDone(): boolean {
    return this.#control[state] === 0
  }

  /** The last line whose write returned. */
  get acknowledged(): number {
    return this.#control[acknowledged] as number
  }

  /** How often it waited for somebody else's rotation, a millisecond each. */
  get pauses(): number {
    return this.#control[pauses] as number
  }

  step(how: Step): void {
    this.#control[command] = how === 'fill' ? 1 : 0
    this.#control[turn] = writer
    Atomics.notify(this.#control, turn)
    this.#untilStep()
  }

  /** Ends the thread where it stands. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  #untilStep(): void {
    if (Atomics.wait(this.#control, turn, writer, 20_000) === 'timed-out') throw new Error('the writer hangs')
  }
}
