import { isError } from '../../safe-values/safe-error.js'
import type { Logger } from '../logger.js'
import { Captures, checkLogger, written } from './captures.js'
import { setWarning } from './own-output.js'

const warnings = new Captures((captures) => {
  const before = (): void => setWarning(captures.taker !== undefined)
  const listener = (warning: unknown): void => {
    setWarning(false)
    const logger = captures.taker?.logger
    if (logger !== undefined) take(logger, warning)
  }
  process.prependListener('warning', before)
  process.on('warning', listener)
  return () => {
    process.off('warning', before)
    process.off('warning', listener)
  }
})

/**
 * Takes Node's warnings (`process.emitWarning`, deprecations, too many listeners) into `logger`, at level `warn`, with
 * the fields `name`, `code`, `detail` and `stack`. A warning that a request causes has the id and the account of the
 * request. Node still prints each warning on standard error, also with `captureConsole`; start the process with `--no-warnings` or
 * `NODE_NO_WARNINGS=1` to stop that.
 *
 * @example
 * const undo = captureWarnings(logs.root)
 *
 * @returns a function that undoes the capture. Of several captures, the newest that is not undone takes the warnings.
 * @throws TypeError if `logger` is not a logger
 */
export function captureWarnings(logger: Logger): () => void {
  checkLogger('captureWarnings', logger)
  return warnings.add(logger)
}

// Never throws: an exception in a listener of the process would end it.
function take(logger: Logger, warning: unknown): void {
  try {
    if (!isError(warning)) return void written(logger, 'warn', { warning }, 'a warning')
    const { name, code, detail, stack, message } = warning as Error & { code?: unknown; detail?: unknown }
    const fields = Object.entries({ name, code, detail, stack }).filter(([, value]) => value !== undefined)
    written(logger, 'warn', Object.fromEntries(fields), String(message))
  } catch {}
}
