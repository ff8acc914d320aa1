import { currentContext } from '../context/storage.js'
import { settle } from '../process/settle.js'
import { typeName } from '../safe-values/type-name.js'
import { maxNamed, type Step } from '../work/steps.js'

const maxNameLength = 100

/**
 * Runs `fn` as a named step of the current request. The step is on the request's time axis and in `Server-Timing`. If
 * the request is not measured, `measure` only calls `fn`. Steps may overlap, and one may contain others. The record has
 * the first 50 steps of a request.
 *
 * @example const page = await spoor.measure('render', () => render(post))
 *
 * @throws TypeError for an invalid name or function; the error of `fn`
 * @see https://www.w3.org/TR/server-timing/
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
