import type { Command, Option } from './command.js'

/** The text of `spoor --help`. */
export function generalHelp(commands: readonly Command[], version: string): string[] {
  const width = Math.max(...commands.map((one) => usageOf(one).length))
  return [
    `spoor ${version}: what happened in a request, and who uses the server`,
    '',
    ...commands.map((one) => `  ${usageOf(one).padEnd(width)}  ${one.says}`),
    '',
    '  spoor COMMAND --help    options and examples',
    '  spoor completion SHELL  completion for bash, zsh or fish',
    '  spoor --version',
    '',
    'Reads the log files in ./logs and below; --dir DIR names another directory, --url URL asks a running service,',
    '--clickhouse URL reads the lines in ClickHouse.',
    'Exit codes: 0 found, 1 not found, 2 wrong use or no answer',
  ]
}

/** The text of `spoor COMMAND --help`. */
export function helpOf(command: Command): string[] {
  const options = [...command.options, { name: 'help', says: 'this text' }] as readonly Option[]
  const names = options.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`)
  const width = Math.max(...names.map((name) => name.length))
  const exampleWidth = Math.max(...command.examples.map(([line]) => line.length))
  return [
    `${usageOf(command)}: ${command.says}`,
    '',
    ...options.map(({ says }, at) => `  ${(names[at] as string).padEnd(width)}  ${says}`),
    '',
    'Examples:',
    ...command.examples.map(([line, says]) => `  ${line.padEnd(exampleWidth)}  # ${says}`),
  ]
}

function usageOf({ name, words }: Command): string {
  return `spoor ${name}${words === '' ? '' : ` ${words}`}`
}
