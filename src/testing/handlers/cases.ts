// What every handler promises (src/logging/handlers/handler.ts), as Spoor uses it.
import { type Handler, WriteError } from '../../logging/handlers/handler.js'
import { RetryQueue } from '../../logging/handlers/retry-queue.js'
import { holds, same, shown } from '../expecting.js'
import type { TestedHandler } from '../handler-kit.js'
import { pause } from '../kit.js'

/** One promise of `Handler`. */
export interface HandlerCase {
  /** The behaviour in a sentence. */
  readonly says: string
  /** True if the case makes writes fail. */
  readonly breaks: boolean
  /** @param withinMs how long lines may take to arrive */
  run(tested: TestedHandler, withinMs: number): Promise<void>
}

/** A line that Spoor could write: one JSON object. */
function line(n: number, message = 'paid'): string {
  const start = '{"time":"2026-11-24T07:26:20.123Z","level":"info","logger":"billing"'
  return `${start},"n":${n},"message":${JSON.stringify(message)}}\n`
}

function linesFrom(first: number, count: number, message?: string): string {
  return Array.from({ length: count }, (_, at) => line(first + at, message)).join('')
}

function write(handler: Handler, lines: string): unknown {
  const returned: unknown = handler.write(Buffer.from(lines), lines.split('\n').length - 1)
  // A case of its own finds the promise. Its rejection must not end the process.
  if (returned instanceof Promise) returned.catch(() => {})
  return returned
}

async function textOf(tested: TestedHandler): Promise<string> {
  return (await tested.written()).toString()
}

/** Compares what arrived, line by line, so that the error shows the first difference. */
async function arrived(tested: TestedHandler, expected: string): Promise<void> {
  const text = await textOf(tested)
  if (text === expected) return
  const [got, wanted] = [text.split('\n'), expected.split('\n')]
  const at = wanted.findIndex((one, index) => one !== got[index])
  if (at < 0) same(got.slice(wanted.length - 1), [''])
  const counts = `${wanted.length - 1} lines expected, ${got.length - 1} arrived`
  holds(false, `line ${at + 1}: expected ${shown(wanted[at])}, got ${shown(got[at])} (${counts})`)
}

/** Resolves when `promise` has settled; the kit bounds the time of a case. */
async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => {})
}

/** The queue that Spoor puts in front of each handler. */
function queueOf(handler: Handler): RetryQueue {
  const policy = { maxKeptBytes: 16 * 2 ** 20, firstRetryMs: 10, maxRetryMs: 50, waitMs: 0 }
  const events = { refused() {}, failed() {}, notice: (lines: number) => `{"message":"${lines} lines are missing"}` }
  return new RetryQueue('the handler under test', handler, policy, events)
}

function deliver(queue: RetryQueue, lines: string): void {
  queue.deliver(Buffer.from(lines), lines.split('\n').length - 1, undefined, 0)
}

/** Flushes until `expected` has arrived, as a service that goes on would. */
async function arrivesAtLast(
  { tested, withinMs }: { readonly tested: TestedHandler; readonly withinMs: number },
  queue: RetryQueue,
  expected: string,
): Promise<void> {
  const until = process.hrtime.bigint() + BigInt(Math.ceil(withinMs)) * 1_000_000n
  while (process.hrtime.bigint() < until) {
    await queue.flush()
    if ((await textOf(tested)) === expected) return
    await pause(20)
  }
  await arrived(tested, expected)
}

const ways: readonly HandlerCase[] = [
  {
    says: 'writes whole lines, and nothing else',
    breaks: false,
    async run(tested) {
      write(tested.handler, linesFrom(1, 3))
      await tested.handler.flush()
      await arrived(tested, linesFrom(1, 3))
    },
  },
  {
    says: 'keeps the order of 1,000 writes',
    breaks: false,
    async run(tested) {
      for (let n = 0; n < 1_000; n++) write(tested.handler, line(n))
      await tested.handler.flush()
      await arrived(tested, linesFrom(0, 1_000))
    },
  },
  {
    says: 'writes a line of 64 KB, and many lines in one write',
    breaks: false,
    async run(tested) {
      const [long, many] = [line(0, 'x'.repeat(65_000)), linesFrom(1, 800)]
      write(tested.handler, long)
      write(tested.handler, many)
      await tested.handler.flush()
      await arrived(tested, long + many)
    },
  },
  {
    says: 'changes no byte of a line with characters outside ASCII',
    breaks: false,
    async run(tested) {
      const lines = line(1, 'Müller — 東京 🎉 \\u2028 \u0000 "quoted"')
      write(tested.handler, lines)
      await tested.handler.flush()
      await arrived(tested, lines)
    },
  },
  {
    says: 'returns no promise from write: Spoor takes every return for success, and keeps only lines whose write throws',
    breaks: false,
    async run(tested) {
      const returned = write(tested.handler, line(1))
      const isPromise = typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function'
      holds(
        !isPromise,
        'expected write to return nothing, got a promise; begin the work there, and wait for it in flush',
      )
    },
  },
]

const ends: readonly HandlerCase[] = [
  {
    says: 'resolves flush without lines, twice and at once',
    breaks: false,
    async run({ handler }) {
      await handler.flush()
      await Promise.all([handler.flush(), handler.flush()])
    },
  },
  {
    says: 'has written all lines when flush resolves, again and again',
    breaks: false,
    async run(tested) {
      for (let n = 0; n < 3; n++) {
        write(tested.handler, line(n))
        await tested.handler.flush()
        await arrived(tested, linesFrom(0, n + 1))
      }
    },
  },
  {
    says: 'has written all lines when close resolves, without a flush before',
    breaks: false,
    async run(tested) {
      write(tested.handler, linesFrom(0, 10))
      await tested.handler.close()
      await arrived(tested, linesFrom(0, 10))
    },
  },
  {
    says: 'may be closed twice, and without a line',
    breaks: false,
    async run({ handler }) {
      await handler.close()
      await handler.close()
    },
  },
  {
    says: 'loses no line silently after close: it writes the line, or throws',
    breaks: false,
    async run(tested) {
      write(tested.handler, line(0))
      await tested.handler.close()
      let isRefused = false
      try {
        write(tested.handler, line(1))
      } catch {
        isRefused = true
      }
      await tested.handler.flush()
      await arrived(tested, linesFrom(0, isRefused ? 1 : 2))
    },
  },
]

const failures: readonly HandlerCase[] = [
  {
    says: 'writes lines later that it could not write at once: all, once, in order',
    breaks: true,
    async run(tested, withinMs) {
      const queue = queueOf(tested.handler)
      deliver(queue, linesFrom(0, 5))
      await queue.flush()
      await tested.break?.()
      for (let n = 5; n < 10; n++) deliver(queue, line(n))
      await tested.mend?.()
      deliver(queue, line(10))
      await arrivesAtLast({ tested, withinMs }, queue, linesFrom(0, 11))
    },
  },
  {
    says: 'says in a WriteError how many bytes it wrote: whole lines of those it was given',
    breaks: true,
    async run(tested) {
      await tested.break?.()
      const lines = Buffer.from(linesFrom(0, 3))
      try {
        write(tested.handler, lines.toString())
      } catch (error) {
        if (!(error instanceof WriteError)) return
        const { written, state } = error
        const isWhole = written === 0 || lines[written - 1] === 10
        holds(isWhole && written <= lines.length, `expected written at the end of a line, got ${written}`)
        holds(['failed', 'busy', 'gone'].includes(state), `expected state failed, busy or gone, got ${shown(state)}`)
      } finally {
        await tested.mend?.()
      }
    },
  },
  {
    says: 'settles flush and close while it cannot write',
    breaks: true,
    async run(tested) {
      await tested.break?.()
      try {
        write(tested.handler, line(0))
      } catch {}
      await settled(tested.handler.flush())
      await settled(tested.handler.close())
      await tested.mend?.()
    },
  },
]

/** What every handler promises. */
export const handlerCases: readonly HandlerCase[] = [...ways, ...ends, ...failures]
