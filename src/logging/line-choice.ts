import type { WorkContext } from '../context/request-context.js'
import type { LevelRules } from './choice/level-rules.js'
import type { Level } from './levels.js'
import type { EntryBuilder, LoggerCore } from './line.js'
import type { BufferedHandler } from './line-buffer.js'

/** A call of a logger. */
export interface LoggerCall {
  readonly core: LoggerCore
  readonly builder: EntryBuilder
  readonly isOnConsole: boolean
  readonly level: Level
  /** The number of the lowest level that the logger writes by itself. */
  readonly least: number
  readonly first: unknown
  readonly rest: readonly unknown[]
}

/** Decides which lines are written, where more counts than the level of a logger. */
export interface LineChoice {
  /** The rules that hold now. */
  rules: LevelRules | undefined
  /** Writes the line of a call, keeps it or drops it. Never throws. */
  log(call: LoggerCall): void
  /** True if a line of this level may be written, now or later. */
  isEnabled(logger: string, level: Level, least: number, context: WorkContext | undefined): boolean
  /** Writes what is counted and not yet told. */
  flush(): void
}

/** What the loggers of one `defineLogs` share while they run. */
export interface RunTime {
  /** Undefined as long as only levels count. */
  choice: LineChoice | undefined
  /** While a test captures the lines: the handlers that get them, in place of all others. */
  captured?: readonly BufferedHandler[] | undefined
}

/** Where the lines of a logger go now. */
export function handlersOf({ runTime, handlers }: LoggerCore): readonly BufferedHandler[] {
  return runTime.captured ?? handlers
}
