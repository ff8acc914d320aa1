import { type Fix, problemOf } from '../options.js'
import { oncePerProcess } from '../process/once.js'
import { escapeJson } from '../safe-values/escape.js'
import { dialectNames } from './formatters/dialects/dialect-names.js'
import { expectedLevel, levelFix, levelNamed } from './levels.js'
import type { ConsoleOption, LoggerDefaults } from './logger-options.js'

/** An environment variable that is the default of an option. */
interface Variable<T> {
  /** The value of a text that is not empty; undefined for an invalid text. The text is in lower case. */
  readonly read: (text: string) => T | undefined
  readonly expected: string
  readonly fix: Fix
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  '1': true,
  yes: true,
  off: false,
  false: false,
  '0': false,
  no: false,
}

const files: Variable<boolean> = {
  read: (text) => own(switches, text),
  expected: 'on or off',
  fix: 'files are written, as by default',
}

const level: Variable<LoggerDefaults['level']> = {
  read: levelNamed,
  expected: expectedLevel,
  fix: (value) => `${levelFix(value)}; the default is used`,
}

const formats: Readonly<Record<string, ConsoleOption>> = {
  pretty: 'pretty',
  verbose: 'verbose',
  json: 'json',
  ...Object.fromEntries(dialectNames.map((name) => [name, name])),
}

const console: Variable<ConsoleOption> = {
  read: (text) => own(formats, text) ?? own(switches, text),
  expected: `one of ${Object.keys(formats).join(', ')}, on, off`,
  fix: 'the default is used',
}

/** Whether the environment variable SPOOR_FILES allows files. An invalid value counts as unset. */
export function filesByEnvironment(): boolean {
  return valueIn('SPOOR_FILES', files) ?? true
}

/** The defaults that SPOOR_LEVEL and SPOOR_CONSOLE set. An empty or invalid value counts as unset. */
export function defaultsByEnvironment(): LoggerDefaults {
  return { level: valueIn('SPOOR_LEVEL', level), console: valueIn('SPOOR_CONSOLE', console) }
}

/**
 * Warnings about invalid environment variables, each once per process.
 *
 * @param used the options of the service; a variable whose option is set is not reported
 */
export function environmentProblems(used: { files?: unknown; level?: unknown; console?: unknown }): string[] {
  return [
    used.files === undefined ? problemWith('SPOOR_FILES', files) : undefined,
    used.level === undefined ? problemWith('SPOOR_LEVEL', level) : undefined,
    used.console === undefined ? problemWith('SPOOR_CONSOLE', console) : undefined,
  ].filter((problem) => problem !== undefined)
}

function problemWith<T>(name: string, { read, expected, fix }: Variable<T>): string | undefined {
  const text = textOf(name)
  if (text === '' || read(text) !== undefined) return undefined
  const said = oncePerProcess('environment-problems.1', () => new Set<string>())
  if (said.has(name)) return undefined
  said.add(name)
  return escapeJson(problemOf(process.env[name], name, expected, fix))
}

function valueIn<T>(name: string, { read }: Variable<T>): T | undefined {
  const text = textOf(name)
  return text === '' ? undefined : read(text)
}

function textOf(name: string): string {
  return (process.env[name] ?? '').trim().toLowerCase()
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}
