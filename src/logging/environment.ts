import { problemOf } from '../options.js'
import { oncePerProcess } from '../process/once.js'
import { escapeJson } from '../safe-values/escape.js'

const off: readonly string[] = ['off', 'false', '0', 'no']
const on: readonly string[] = ['', 'on', 'true', '1']

/** Whether the environment variable SPOOR_FILES allows files. An invalid value counts as unset. */
export function filesByEnvironment(): boolean {
  return !off.includes(saidOfFiles())
}

/** A warning about an invalid SPOOR_FILES, once per process. Undefined if the value is valid, or if this was called before. */
export function filesProblem(): string | undefined {
  if (on.includes(saidOfFiles()) || off.includes(saidOfFiles())) return undefined
  const once = oncePerProcess('files-problem.1', () => ({ said: false }))
  if (once.said) return undefined
  once.said = true
  const problem = problemOf(process.env['SPOOR_FILES'], 'SPOOR_FILES', 'on or off', 'files are written, as by default')
  return escapeJson(problem)
}

function saidOfFiles(): string {
  return (process.env['SPOOR_FILES'] ?? '').toLowerCase()
}
