import type { Handler } from '../logging/handlers/handler.js'
import { handlerCases } from './handlers/cases.js'
import { type KitResult, runKit } from './kit.js'

/** A handler under test, and the way to see what it wrote. */
export interface TestedHandler {
  readonly handler: Handler
  /** All that has arrived where the handler writes to: the content of the file, the body of the requests. */
  written(): string | Buffer | Promise<string | Buffer>
  /** Makes its writes fail: closes the server, removes the directory. Without it, the cases of failures are left out. */
  break?(): void | Promise<void>
  /** Undoes `break`. */
  mend?(): void | Promise<void>
  /** Removes what the test made. Called after each case. */
  dispose?(): void | Promise<void>
}

/** Options of `testHandler`. */
export interface HandlerKitOptions {
  /**
   * How long a case may take, in ms; lines that are written later have 30 % of it to arrive. Give a slow handler more. Default 10,000.
   */
  readonly withinMs?: number | undefined
}

const defaultWithinMs = 10_000
/** The share of a case's time in which lines must arrive: the failure then says which are missing. */
const shareToArrive = 0.3

/**
 * Checks a handler of your own: whole lines, order, flush, close, writes after close, and lines that it could not write. Runs all
 * cases, each with a handler of its own.
 *
 * @param make returns a fresh handler whose place is empty
 * @returns the cases that passed, and those that were left out
 *
 * @example
 * await testHandler(() => {
 *   const parts: Buffer[] = []
 *   const handler = { write: (lines: Buffer) => void parts.push(lines), flush: async () => {}, close: async () => {} }
 *   return { handler, written: () => Buffer.concat(parts) }
 * })
 *
 * @throws AssertionError that lists every failed case
 */
export async function testHandler(
  make: () => TestedHandler | Promise<TestedHandler>,
  { withinMs = defaultWithinMs }: HandlerKitOptions = {},
): Promise<KitResult> {
  const first = await make()
  const mayBreak = first.break !== undefined && first.mend !== undefined
  await first.handler.close()
  await first.dispose?.()
  const cases = handlerCases.map(({ says, breaks, run }) => ({
    says,
    leftOut: breaks && !mayBreak ? 'the handler under test has no break and mend' : undefined,
    run: async () => {
      const tested = await make()
      try {
        await run(tested, withinMs * shareToArrive)
      } finally {
        await tested.handler.close()
        await tested.dispose?.()
      }
    },
  }))
  return runKit('testHandler', cases, withinMs)
}
