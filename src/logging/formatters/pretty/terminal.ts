import type { Formatter } from '../../entry.js'
import { prettyConsole } from './pretty.js'
import { standardOutput } from './screen.js'

/** The format for people, on this process's standard output. Call the result with the name of each logger. */
export function prettyOutput(isTerminal: boolean): (logger: string) => Formatter {
  return prettyConsole(standardOutput(isTerminal))
}
