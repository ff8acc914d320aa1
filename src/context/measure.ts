import { settle } from './settle.js'
import { mostNamed, type Step } from './steps.js'
import { currentContext } from './storage.js'

const longestName = 100

/**
 * Runs `fn` as a named step of the current request: a stretch on its time axis and in `Server-Timing`. A request that is
 * not measured runs `fn` and nothing else. Steps may overlap and lie in each other; the first 50 of a request are kept.
 *
 * @throws TypeError for what is no name or no function; whatever `fn` throws
 */
export function measure<T>(name: string, fn: () => T): T {
  if (typeof name !== 'string' || name === '') throw new TypeError('measure: the first argument is no name')
  if (typeof fn !== 'function') throw new TypeError('measure: the second argument is no function')
  const work = currentContext()?.work
  if (work?.charge === undefined || work.charge.settled) return fn()
  work.steps ??= []
  if (work.steps.length >= mostNamed) return fn()
  const step: Step = { name: name.slice(0, longestName), start: performance.now(), end: undefined }
  work.steps.push(step)
  return settle(fn, () => {
    step.end = performance.now()
  })
}
