// Decides which lines are written, where more counts than the logger's level: rules of levels.json, sampling, detail, floods.
import { spanOfLine } from '../../context/active-span.js'
import type { WorkContext } from '../../context/request-context.js'
import { runWith, runWithout, storage } from '../../context/storage.js'
import type { Detail, Outcome } from '../../work/work.js'
import { type LevelOption, levelNamed, levelNumbers } from '../levels.js'
import { writeEntry } from '../line.js'
import { handlersOf, type LineChoice, type LoggerCall } from '../line-choice.js'
import { lateEntry } from '../marked-entry.js'
import type { DetailOptions, LineChoiceOptions } from './choice-options.js'
import { Flood } from './flood.js'
import { type KeptBytes, KeptLines } from './kept-lines.js'
import type { LevelRules } from './level-rules.js'
import { isLeftOut } from './sampling.js'

const defaultKeepLines = 200
const defaultSlowMs = 1_000

/** @param warnOnce tells that `when` threw */
export function lineChoice(options: LineChoiceOptions, warnOnce: (message: string) => void): LineChoice {
  return new Choice(options, warnOnce)
}

class Choice implements LineChoice {
  rules: LevelRules | undefined
  readonly #sample: number
  readonly #flood: Flood | undefined
  readonly #detail: DetailKeeper | undefined

  constructor({ sample = 1, flood, detail }: LineChoiceOptions, warnOnce: (message: string) => void) {
    this.#sample = sample
    this.#flood = flood === undefined ? undefined : new Flood(flood)
    this.#detail = detail === undefined ? undefined : new DetailKeeper(detail, warnOnce)
  }

  log(call: LoggerCall): void {
    const context = storage.getStore()
    const ruled = this.rules?.leastOf(call.core.name, context)
    if (!this.#isWritten(call, ruled, context)) {
      if (ruled !== levelNumbers.silent) this.#detail?.keep(call, context)
    } else if (!this.#isOver(call)) write(call)
  }

  isEnabled(logger: string, level: LoggerCall['level'], least: number, context: WorkContext | undefined): boolean {
    const number = levelNumbers[level]
    const ruled = this.rules?.leastOf(logger, context)
    if (ruled === levelNumbers.silent) return false
    return number >= (ruled ?? least) || this.#detail?.isKept(number, context) === true
  }

  flush(): void {
    this.#flood?.flush()
  }

  /** @param ruled what the rules of levels.json let through; undefined if none selects the line */
  #isWritten({ core, level, least }: LoggerCall, ruled: number | undefined, context: WorkContext | undefined): boolean {
    const number = levelNumbers[level]
    if (ruled !== undefined) return number >= ruled
    if (number < least) return false
    const isAlways = number >= levelNumbers.warn || context === undefined || core.name === 'requests'
    return isAlways || this.#sample === 1 || !isLeftOut(context, this.#sample)
  }

  #isOver(call: LoggerCall): boolean {
    const { core, builder, isOnConsole, level, first, rest } = call
    if (this.#flood === undefined || levelNumbers[level] >= levelNumbers.error || core.name === 'requests') return false
    const text = typeof first === 'string' ? first : typeof rest[0] === 'string' ? rest[0] : ''
    return this.#flood.isOver(core.name, level, text, (ofLevel, leftOut, message) => {
      // The last line that was left out may be of any request.
      runWithout(() => {
        const said = `${leftOut} more lines with this message were left out: ${message}`
        writeEntry(core, builder.make(ofLevel, { leftOut }, [said]), isOnConsole)
      })
    })
  }
}

function write({ core, builder, isOnConsole, level, first, rest }: LoggerCall): void {
  writeEntry(core, builder.make(level, first, rest), isOnConsole)
}

/** Keeps lines of open requests, and writes them if the request turns out to matter. */
class DetailKeeper {
  readonly #least: number
  readonly #keepLines: number
  readonly #slowMs: number
  readonly #when: DetailOptions['when']
  readonly #warnOnce: (message: string) => void
  readonly #bytes: KeptBytes = { now: 0 }

  constructor({ level, keepLines, slowMs, when }: DetailOptions, warnOnce: (message: string) => void) {
    this.#least = leastOf(level)
    this.#keepLines = keepLines ?? defaultKeepLines
    this.#slowMs = slowMs ?? defaultSlowMs
    this.#when = when
    this.#warnOnce = warnOnce
  }

  isKept(number: number, context: WorkContext | undefined): context is WorkContext {
    return number >= this.#least && context?.work.line === 'open'
  }

  keep({ core, builder, isOnConsole, level, first, rest }: LoggerCall, context: WorkContext | undefined): void {
    if (!this.isKept(levelNumbers[level], context) || handlersOf(core).length === 0) return
    const { work } = context
    work.detail ??= new RequestDetail(new KeptLines(this.#keepLines, this.#bytes), (outcome) => this.#matters(outcome))
    // A copy of Spoor beside this one keeps its own.
    if (work.detail instanceof RequestDetail)
      work.detail.lines.add({
        core,
        isOnConsole,
        context,
        entry: builder.make(level, first, rest),
        span: spanOfLine(core.name, context),
      })
  }

  #matters(outcome: Outcome): boolean {
    const { status = 0, durationMs, error } = outcome
    if (status >= 500 || error !== undefined || durationMs >= this.#slowMs) return true
    try {
      return this.#when?.(outcome) === true
    } catch {
      this.#warnOnce('detail.when threw; lines of such requests are not written')
      return false
    }
  }
}

function leastOf(level: LevelOption): number {
  return levelNumbers[levelNamed(level) ?? 'debug']
}

/** The kept lines of one request or job. */
class RequestDetail implements Detail {
  readonly lines: KeptLines
  readonly #matters: (outcome: Outcome) => boolean

  constructor(lines: KeptLines, matters: (outcome: Outcome) => boolean) {
    this.lines = lines
    this.#matters = matters
  }

  end(outcome: Outcome): void {
    const { lines, leftOut } = this.lines.take()
    if (lines.length === 0 || !this.#matters(outcome)) return
    for (const [place, { core, isOnConsole, context, entry, span }] of lines.entries())
      runWith(context, () => writeEntry(core, lateEntry(entry, place === 0 ? leftOut : 0), isOnConsole, span))
  }

  drop(): void {
    this.lines.take()
  }
}
