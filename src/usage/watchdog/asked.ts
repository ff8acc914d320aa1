import { currentContext } from '../../context/storage.js'
import { oncePerProcess } from '../../process/once.js'
import { asciiJson, factsOf } from './facts.js'

/** Called from the watchdog's thread while this thread is interrupted. */
interface Asked {
  /** @returns the facts about the code that runs now, as JSON */
  ask(): string
}

/** What the watchdog's thread evaluates in this thread. */
export const question = `globalThis[Symbol.for('spoor.watchdog.1')].ask()`

/** Makes this thread answer the question. */
export function answerQuestions(): void {
  oncePerProcess<Asked>('watchdog.1', () => ({ ask: () => asciiJson(factsOf(currentContext(), placeInService())) }))
}

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
