import type { Charge } from './charge.js'
import type { Interval } from './open-spans.js'

/** A run of code of one owner, of at least 5 ms, while a request or job was ready. Times are `performance.now()`. */
export interface HeldRun {
  readonly start: number
  end: number
  readonly by: Charge
}

const maxStretches = 256
const maxRuns = 16
/** Runs of one owner that are less than this apart are one run. */
const joinedMs = 0.25

/**
 * The time in which one request or job was ready while the thread ran other code: the first 256 stretches, the length of
 * all later ones together, and the 16 longest runs that filled them.
 */
export class HeldUp {
  /** All stretches together. */
  ms = 0
  /** How long it may have been ready before its start; undefined if the hooks were off then. */
  beforeStartMs: number | undefined = undefined
  #stretches: Interval[] | undefined = undefined
  #laterMs = 0
  #runs: HeldRun[] | undefined = undefined

  /** Adds a stretch. Stretches come in order of time and never overlap. */
  add(start: number, end: number): void {
    this.ms += end - start
    this.#stretches ??= []
    if (this.#stretches.length < maxStretches) this.#stretches.push([start, end])
    else this.#laterMs += end - start
  }

  /** Adds a run. Runs come in order of time. */
  addRun(start: number, end: number, by: Charge): void {
    this.#runs ??= []
    const runs = this.#runs
    const last = runs[runs.length - 1]
    if (last?.by === by && start - last.end < joinedMs) last.end = end
    else if (runs.push({ start, end, by }) > maxRuns) runs.splice(shortestOf(runs), 1)
  }

  /** Forgets the runs for which `isKept` is false. */
  filterRuns(isKept: (run: HeldRun) => boolean): void {
    this.#runs = this.#runs?.filter(isKept)
  }

  /** The runs, in order of time. */
  get runs(): readonly HeldRun[] {
    return this.#runs ?? none
  }

  /** The stretches that were kept, and the ms of all others. */
  get stretches(): { readonly spans: readonly Interval[]; readonly laterMs: number } {
    return { spans: this.#stretches ?? none, laterMs: this.#laterMs }
  }
}

const none: readonly never[] = Object.freeze([])

function shortestOf(runs: readonly HeldRun[]): number {
  let shortest = 0
  for (let at = 1; at < runs.length; at++) if (lengthOf(runs[at]) < lengthOf(runs[shortest])) shortest = at
  return shortest
}

function lengthOf(run: HeldRun | undefined): number {
  return run === undefined ? 0 : run.end - run.start
}
