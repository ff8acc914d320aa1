import type { Output } from './output.js'

/** One option of a command. */
export interface Option {
  readonly name: string
  /** The name of its value in help texts; absent for an option without a value. */
  readonly value?: string | undefined
  readonly says: string
  /** The values that the completion offers. */
  readonly choices?: readonly string[] | undefined
}

/** The parsed arguments of a command. */
export interface Arguments {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | true | undefined>>
}

/** Runs a command. @returns its exit code: 0 found, 1 not found */
export type Run = (given: Arguments, output: Output) => Promise<number>

/** A command, as help, completion and docs/cli.md describe it. */
export interface Command {
  readonly name: string
  /** The words after the name, as in `ID`. */
  readonly words: string
  /** How many words it takes. */
  readonly minWords: number
  readonly maxWords: number
  readonly says: string
  readonly options: readonly Option[]
  readonly examples: readonly (readonly [command: string, says: string])[]
  /** Loads the command's code, which takes longer than all other commands together. */
  load(): Promise<Run>
}

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {}

/** The value of an option that takes one. */
export function textOf({ options }: Arguments, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
