import { type Patchable, patch } from '../../process/patch.js'
import type { Level } from '../levels.js'
import type { Logger } from '../logger.js'
import { type Captures, CapturesBySource, checkLogger, written } from './captures.js'
import { printed } from './printed-text.js'
import { takesWarnings } from './warnings.js'

/**
 * The methods that are replaced. All others (`assert`, `count`, `group`, `timeEnd`, `timeLog`) write through `log`, `warn`
 * and `error` of the same console (seen on Node 20 to 26).
 */
const methods: Readonly<Record<string, Level>> = {
  log: 'info',
  info: 'info',
  debug: 'debug',
  warn: 'warn',
  error: 'error',
  dir: 'info',
  dirxml: 'info',
  table: 'info',
  trace: 'trace',
}
// The second argument says how the first is shown, and must not be shown itself.
const showsFirstOnly: ReadonlySet<string> = new Set(['dir', 'table'])

const consoles = new CapturesBySource<Console>((target, captures) => {
  const undo = Object.entries(methods).map(([name, level]) =>
    patch(target, name, (below) => captured(target, name, level, below, captures)),
  )
  return () => {
    for (const restore of undo) restore()
  }
})

/**
 * Takes the lines that code writes by `console.log` and the other methods of `console` into `logger`, with the id and the
 * account of the request. The console then shows these lines in the logger's format.
 *
 * `log`, `info`, `dir` and `table` become entries of level `info`; `debug`, `warn` and `error` have the level of their name.
 * `assert` has the level `warn`, and `trace` the level `trace` and the field `stack`. The message is the text that
 * `util.format` returns, without colours. The last error among the values becomes the field `error`. As for any entry,
 * entries below the logger's level are dropped.
 *
 * Console calls of a handler or of `beforeLine` go to the console, because each call would otherwise log a new line. A method
 * that code kept before the capture (`const { log } = console`) and other `Console` objects are not captured.
 *
 * @example
 * const undo = captureConsole(logs.get('console'))
 * console.log('paid %d', 7)
 * undo()
 *
 * @returns a function that undoes the capture. Of several captures, the newest that is not undone takes the lines.
 * @throws TypeError if `logger` is not a logger
 */
export function captureConsole(logger: Logger): () => void {
  checkLogger('captureConsole', logger)
  return consoles.of(console).add(logger)
}

function captured(target: Console, name: string, level: Level, below: Patchable, captures: Captures): Patchable {
  return function (...values) {
    const logger = captures.taker?.logger
    const isWarning = name === 'error' && isPrintOfWarning(values)
    const goesBelow = logger === undefined || (isWarning && takesWarnings())
    if (!goesBelow && take(target, name, isWarning ? 'warn' : level, logger, values)) return
    Reflect.apply(below, this, values)
  }
}

/** True if Node prints a warning. Node calls `console.error` with one text then (lib/internal/process/warning.js). */
function isPrintOfWarning(values: readonly unknown[]): boolean {
  const [text] = values
  return values.length === 1 && typeof text === 'string' && text.startsWith(`(${process.release.name}:${process.pid}) `)
}

/** @returns false if the line must go to the console itself */
function take(target: Console, name: string, level: Level, logger: Logger, values: readonly unknown[]): boolean {
  try {
    if (!logger.isLevelEnabled(level)) return true
    const { message, error } = printed(showsFirstOnly.has(name) ? values.slice(0, 1) : values, logger)
    const fields = error === undefined ? {} : { error }
    if (name === 'trace')
      return written(logger, level, { ...fields, stack: stackBelow(target.trace) }, message || 'Trace')
    // An empty line only separates others.
    return message === '' || written(logger, level, fields, message)
  } catch {
    return false
  }
}

/** The calls that led to `method`, one a line. */
function stackBelow(method: Patchable): string | undefined {
  const holder: { stack?: unknown } = {}
  Error.captureStackTrace(holder, method)
  const { stack } = holder
  return typeof stack === 'string' ? stack.slice(stack.indexOf('\n') + 1) : undefined
}
