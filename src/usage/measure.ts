import { currentContext } from '../context/storage.js'
import { settle } from '../process/settle.js'
import { typeName } from '../safe-values/type-name.js'
import { maxNamed, type Step } from '../work/steps.js'

const maxNameLength = 100

/**
 * Runs `fn` as a named step of the current request: a stretch on its time axis and in `Server-Timing`. A request that is
 * not measured runs `fn` and nothing else. Steps may overlap and lie in each other; the first 50 of a request are kept.
 *
 * @throws TypeError for what cannot be a name or a function; whatever `fn` throws
 */
export function measure<T>(name: string, fn: () => T): T {
  if (typeof name !== 'string' || name === '') {
    const got = name === '' ? 'an empty one' : typeName(name)
    throw new TypeError(`measure: name: expected a text as first argument, got ${got}`)
  }
  if (typeof fn !== 'function') {
    throw new TypeError(`measure: fn: expected a function as second argument, got ${typeName(fn)}`)
  }
  const work = currentContext()?.work
  if (work?.charge === undefined || work.charge.settled) return fn()
  work.steps ??= []
  if (work.steps.length >= maxNamed) return fn()
  const step: Step = { name: name.slice(0, maxNameLength), start: performance.now(), end: undefined }
  work.steps.push(step)
  return settle(fn, () => {
    step.end = performance.now()
  })
}
