import type { RequestContext } from '../context/request-context.js'
import { askedBeforeLine } from './before-line.js'
import { boundedLine } from './bounded-line.js'
import type { Entry, Formatter } from './entry.js'
import type { Level } from './levels.js'
import type { EntryBuilder, LoggerCore } from './line.js'

/** A line that the root logger would write, for another writer. */
export interface RootLine {
  readonly level: Level
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly fields: object
  readonly message: string
  readonly context: RequestContext | undefined
}

/** The root logger's file, and its lines. Code that cannot wait for the root logger writes them itself. */
export interface RootOutput {
  /** Undefined without a file. */
  readonly file: { readonly path: string; readonly mode: number } | undefined
  /** Returns the line, without a newline. Undefined if the level or `beforeLine` drops it. */
  line(of: RootLine, asJson: boolean): string | undefined
}

// Shared by copies of the package; not part of the public interface.
export const rootOutputKey: unique symbol = Symbol.for('spoor.rootOutput') as typeof rootOutputKey

/** The output of the root logger of these logs. Undefined for logs of an earlier version. */
export function rootOutputOf(logs: object): RootOutput | undefined {
  return (logs as { [rootOutputKey]?: RootOutput })[rootOutputKey]
}

/** Makes one line as the logger does. */
export function lineFor(core: LoggerCore, builder: EntryBuilder, format: Formatter, of: RootLine): string | undefined {
  const { level, time, fields, message, context } = of
  const made = builder.make(level, fields, [message])
  const entry: Entry = { time, level, logger: core.name, message: made.message, fields: made.fields }
  const { beforeLine, redaction, bounds, maxLineBytes } = core
  const said = beforeLine === undefined ? entry : askedBeforeLine(entry, beforeLine, redaction, bounds)
  return said && boundedLine(format, { ...said, time }, context, maxLineBytes)
}
