import { AssertionError } from 'node:assert'
import { reasonOf } from '../safe-values/safe-error.js'

/** What a kit has checked. */
export interface KitResult {
  /** The cases that passed, each as a sentence. */
  readonly passed: readonly string[]
  /** The cases that were not run, with the reasons. */
  readonly leftOut: readonly string[]
}

/** One case of a kit. */
export interface KitCase {
  /** The behaviour in a sentence. */
  readonly says: string
  /** The reason why the case is not run. */
  readonly leftOut?: string | undefined
  run(): Promise<void>
}

// A timer of the test's own clock might never be due.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis

/** Waits in real time, whatever clock a test has put in place. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => startTimer(resolve, ms))
}

/**
 * Runs all cases, one after the other.
 *
 * @throws AssertionError that lists every failed case with its reason
 */
export async function runKit(name: string, cases: readonly KitCase[], withinMs: number): Promise<KitResult> {
  const passed: string[] = []
  const leftOut: string[] = []
  const failed: { says: string; reason: string; cause: unknown }[] = []
  for (const { says, leftOut: why, run } of cases) {
    if (why !== undefined) leftOut.push(`${says} (${why})`)
    else {
      const cause = await failureOf(run, withinMs)
      if (cause === undefined) passed.push(says)
      else failed.push({ says, reason: reasonOf(cause.error), cause: cause.error })
    }
  }
  if (failed.length === 0) return { passed, leftOut }
  const list = failed.map(({ says, reason }) => `\n- ${says}: ${reason}`).join('')
  const of = failed.length + passed.length
  const error = new AssertionError({
    message: `${name}: ${failed.length} of ${of} cases failed${list}`,
    actual: failed.map(({ says }) => says),
    expected: [],
    operator: name,
  })
  error.cause = failed[0]?.cause
  throw error
}

/** @returns the error of a case; undefined if it passed */
async function failureOf(run: () => Promise<void>, withinMs: number): Promise<{ error: unknown } | undefined> {
  try {
    await within(run(), withinMs)
    return undefined
  } catch (error) {
    return { error }
  }
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = startTimer(() => reject(new Error(`expected an end within ${ms} ms, got none`)), ms)
  })
  try {
    await Promise.race([promise, late])
  } finally {
    stopTimer(timer)
  }
}
