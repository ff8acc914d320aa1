import type { Worker } from 'node:worker_threads'
import { chargeToOverhead, runDetached } from '../../context/storage.js'
import { answerQuestions, question } from './asked.js'
import { type Facts, unknown } from './facts.js'
import { slotBytes } from './marks.js'
import { useMarks } from './use-marks.js'
import { workerSource } from './worker-source.js'

/** The lines of the watchdog's thread, with marks in the places of the values. */
export interface LineTemplates {
  /** For code outside any request, a request without an account, and one with an account. `null`: write no line. */
  readonly outside: string | null | undefined
  readonly request: string | null | undefined
  readonly account: string | null | undefined
}

/** The file that takes the lines. */
export interface LineFile {
  readonly path: string
  readonly mode: number
  /** The user of this process. Undefined on Windows. */
  readonly uid: number | undefined
}

export interface WatchdogParts {
  readonly afterMs: number
  /** Undefined: the lines go to standard error. */
  readonly file: LineFile | undefined
  readonly templates: LineTemplates
  /** The same lines as JSON, for standard error. */
  readonly plain: LineTemplates
  /** Called if the thread cannot start, or ends. */
  readonly onBroken: (reason: unknown) => void
  /** Called when the event loop runs again. */
  readonly onFree: (stuck: Stuck) => void
}

/** A stretch in which the event loop was blocked. */
export interface Stuck {
  readonly ms: number
  readonly facts: Facts
  /** True if the watchdog found other requests, too: `facts` are those of the last one. */
  readonly isShared: boolean
}

/** A running watchdog. */
export interface Watchdog {
  close(): Promise<void>
}

// The thread sees a beat at most `pollMs` late. It asks for `askMs` before it must report, and waits `graceMs` more if it knows
// nothing: on a machine under load, an answer takes a while.
const maxBeatMs = 40
const pollMs = 40
const askMs = 500
const graceMs = 60
// The heap of a thread is 8 MB at least. More would only be a limit for a fault in the thread's own program.
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }
// The cells of `control`, as in worker-source.ts.
const [beats, said, stood, others, textLength] = [0, 1, 2, 3, 4]
const headBytes = 32
const textBytes = 8_192
// No number of a beat, nor one less than such a number.
const noEpisode = -2
// Fake timers in the tests of a service must not look like a blocked event loop.
const realInterval = setInterval

/** Starts a thread that says while the event loop is blocked which request blocks it. */
export function openWatchdog(parts: WatchdogParts): Watchdog {
  const control = new Int32Array(new SharedArrayBuffer(headBytes + textBytes))
  control[said] = noEpisode
  const { marks, forget } = useMarks()
  const beatMs = Math.max(5, Math.min(maxBeatMs, Math.floor(parts.afterMs / 4)))
  let isClosed = false
  let worker: Worker | undefined
  const broken = (reason: unknown): void => {
    if (isClosed) return
    stop()
    parts.onBroken(reason)
  }
  const episodes = new Episodes(control, (ms) => {
    parts.onFree({ ms, facts: factsIn(control), isShared: control[others] === 1 })
  })
  const timer = runDetached(() => realInterval(() => chargeToOverhead(() => episodes.beat()), beatMs).unref())
  const stop = (): void => {
    isClosed = true
    clearInterval(timer)
    forget()
  }
  try {
    const { Worker: Thread } = process.getBuiltinModule('node:worker_threads')
    answerQuestions()
    const { afterMs, file, templates, plain } = parts
    const timing = {
      afterMs,
      beatMs,
      pollMs: Math.min(pollMs, beatMs),
      askMs: Math.min(askMs, afterMs * 0.75),
      graceMs,
    }
    const workerData = {
      ...{ ...timing, control, marks: marks.memory, slotBytes, file, templates, plain },
      question: mayAsk() ? question : undefined,
    }
    // Options of the parent (`--import`, `--require`) would load the service's code into the thread.
    worker = new Thread(workerSource, { eval: true, execArgv: [], env: {}, workerData, resourceLimits })
    worker.on('error', broken)
    worker.on('exit', (code) => broken(`it ended with the code ${code}`))
    worker.unref()
  } catch (error) {
    broken(error)
  }
  return {
    close: async () => {
      if (isClosed) return
      // The loop may have been blocked until now.
      chargeToOverhead(() => episodes.beat())
      stop()
      await worker?.terminate()
    },
  }
}

/** The facts that the thread wrote last. */
function factsIn(control: Int32Array): Facts {
  const length = control[textLength] as number
  return length === 0 ? { what: unknown } : JSON.parse(Buffer.from(control.buffer, headBytes, length).toString())
}

/** Whether the thread may use the inspector. Where it may not, Node 24 aborts the process instead of throwing an error. */
function mayAsk(): boolean {
  // The question reaches the main thread only. Other programs that contain Node may have no inspector.
  const { isMainThread } = process.getBuiltinModule('node:worker_threads')
  if (!isMainThread || process.versions['electron'] !== undefined) return false
  const { permission } = process as { permission?: { has(scope: string): boolean } }
  try {
    return permission === undefined || permission.has('inspector') === true
  } catch {
    return false
  }
}

// Absent in runtimes that imitate Node.
const timing: { readonly idleTime: number } | undefined = performance.nodeTiming

/** Counts the beats of the event loop, and measures those that come late after the watchdog's thread said something. */
class Episodes {
  readonly #control: Int32Array
  readonly #over: (ms: number) => void
  #lastTick = performance.now()
  #lastIdle = idleMs()
  /** How long the beat before the last one took. */
  #beforeMs = 0

  constructor(control: Int32Array, over: (ms: number) => void) {
    this.#control = control
    this.#over = over
  }

  beat(): void {
    const [now, idle] = [performance.now(), idleMs()]
    // The loop was not blocked while it was idle.
    const ms = now - this.#lastTick - (idle - this.#lastIdle)
    const count = Atomics.load(this.#control, beats as 0)
    const stoodMs = Atomics.load(this.#control, stood as 2)
    Atomics.store(this.#control, beats as 0, count + 1)
    const of = Atomics.load(this.#control, said as 1)
    // The thread may have said it just when the loop was free again.
    const isOver = of === count || of === count - 1
    if (isOver) Atomics.store(this.#control, said as 1, noEpisode)
    const blockedMs = of === count ? ms - stoodMs : this.#beforeMs
    this.#beforeMs = ms - stoodMs
    this.#lastTick = now
    this.#lastIdle = idle
    if (isOver) this.#over(Math.max(0, blockedMs))
  }
}

function idleMs(): number {
  return timing?.idleTime ?? 0
}
