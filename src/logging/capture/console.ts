import { type Patchable, patch } from '../../process/patch.js'
import type { Level } from '../levels.js'
import type { Logger } from '../logger.js'
import { type Captures, CapturesBySource, checkLogger, written } from './captures.js'
import { isPrintOfWarning } from './own-output.js'
import { printed } from './printed-text.js'

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
 * Takes what code writes by `console.log` and the other methods of `console` into `logger`, with the id and the account
 * of the request. The console then shows these lines in the logger's format. `log`, `info`, `dir` and `table` become
 * entries of level `info`, `debug` of `debug`, `warn` and `assert` of `warn`, `error` of `error`; `trace` becomes `trace`, with
 * the field `stack`. The message is what `util.format` returns, without colours. The last error among the values becomes
 * the field `error`. Entries below the logger's level are dropped, as for any entry.
 *
 * Console calls that a log handler or `beforeLine` makes go to the console, because each would otherwise log a new line.
 * Code that kept a method (`const { log } = console`) before, and other `Console` objects, are not captured.
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
    if (logger !== undefined && !isPrintOfWarning(values[0]) && take(target, name, level, logger, values)) return
    Reflect.apply(below, this, values)
  }
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
