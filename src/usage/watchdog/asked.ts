import type { WorkContext } from '../../context/request-context.js'
import { currentContext } from '../../context/storage.js'
import { oncePerProcess } from '../../process/once.js'
import { asciiJson, type Facts, factsOf, unknown } from './facts.js'

/** The last answer. */
interface Asked {
  context: WorkContext | undefined
  facts: Facts
  /** Called from the watchdog's thread while this thread is interrupted. @returns the facts as JSON */
  ask(): string
}

/** What the watchdog's thread evaluates in this thread. */
export const question = `globalThis[Symbol.for('spoor.watchdog.1')].ask()`

/** The answer to the question who runs now. All watchdogs of the process use this object. */
export const asked: () => Asked = () =>
  oncePerProcess<Asked>('watchdog.1', () => ({
    context: undefined,
    facts: { what: unknown },
    ask() {
      this.context = currentContext()
      this.facts = factsOf(this.context, placeInService())
      return asciiJson(this.facts)
    },
  }))

const frames = 30
const ofNode = /\(?node:|<anonymous>|\(native\)/
const place = /^\s*at (.{1,300}:\d+:\d+\)?)$/

/** The innermost call in a file of the service, from the stack of the interrupted code. */
function placeInService(): string | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error
  try {
    // A service's own function for stacks could do anything, and the thread is interrupted at any place.
    Error.prepareStackTrace = undefined as never
    Error.stackTraceLimit = frames
    // The first line is the message. The next three are this function, `ask`, and the question itself.
    const calls = (new Error().stack ?? '').split('\n').slice(4)
    return calls.filter((call) => !ofNode.test(call)).map((call) => place.exec(call)?.[1])[0]
  } catch {
    return undefined
  } finally {
    restore(stackTraceLimit, prepareStackTrace)
  }
}

function restore(stackTraceLimit: number, prepareStackTrace: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = stackTraceLimit
    Error.prepareStackTrace = prepareStackTrace as never
  } catch {}
}
