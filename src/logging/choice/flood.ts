import type { Level } from '../levels.js'
import type { FloodOptions } from './choice-options.js'

/** Writes how many lines were left out. */
export type SayLeftOut = (level: Level, leftOut: number, message: string) => void

interface Counted {
  readonly message: string
  readonly say: SayLeftOut
  since: number
  lines: number
  leftOut: number
  level: Level
}

const maxMessages = 1_000
const maxMessageLength = 200

/** Counts the lines of each logger by message, and says which ones are too many. */
export class Flood {
  readonly #lines: number
  readonly #everyMs: number
  readonly #byMessage = new Map<string, Counted>()
  #timer: NodeJS.Timeout | undefined

  constructor({ lines, everyMs = 1_000 }: FloodOptions) {
    this.#lines = lines
    this.#everyMs = everyMs
  }

  /** @param say tells how many lines were left out, once the time is over */
  isOver(logger: string, level: Level, message: string, say: SayLeftOut): boolean {
    const counted = this.#counted(logger, message, level, say)
    const now = performance.now()
    if (now - counted.since >= this.#everyMs) {
      this.#tell(counted)
      counted.since = now
      counted.lines = 0
    }
    if (++counted.lines <= this.#lines) return false
    counted.leftOut++
    counted.level = level
    this.#timer ??= setTimeout(() => this.flush(), this.#everyMs).unref()
    return true
  }

  /** Says what was left out so far. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const counted of this.#byMessage.values()) this.#tell(counted)
  }

  #counted(logger: string, text: string, level: Level, say: SayLeftOut): Counted {
    const message = text.slice(0, maxMessageLength)
    const key = `${logger}\n${message}`
    const known = this.#byMessage.get(key)
    if (known !== undefined) return known
    if (this.#byMessage.size >= maxMessages) this.#forgetOld()
    const counted = { message, say, since: performance.now(), lines: 0, leftOut: 0, level }
    this.#byMessage.set(key, counted)
    return counted
  }

  /** Makes room: a message of an earlier time begins anew. */
  #forgetOld(): void {
    this.flush()
    const before = performance.now() - this.#everyMs
    for (const [key, { since }] of this.#byMessage) if (since <= before) this.#byMessage.delete(key)
    const [first] = this.#byMessage.keys()
    if (this.#byMessage.size >= maxMessages && first !== undefined) this.#byMessage.delete(first)
  }

  #tell(counted: Counted): void {
    const { leftOut, level, message, say } = counted
    if (leftOut === 0) return
    counted.leftOut = 0
    say(level, leftOut, message)
  }
}
