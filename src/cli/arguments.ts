import { parseArgs } from 'node:util'
import { nearestName } from '../safe-values/nearest-name.js'
import { type Arguments, type Command, UsageError } from './command.js'

/**
 * Reads the arguments of a command with Node's own parser.
 *
 * @throws UsageError for an unknown option, a missing value, and too few or too many words
 */
export function argumentsOf(command: Command, argv: readonly string[]): Arguments {
  const known = [...command.options, { name: 'help', value: undefined }]
  const options = Object.fromEntries(
    known.map(({ name, value }) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const words: string[] = []
  const values: Record<string, string | true> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const option = known.find(({ name }) => name === token.name || (token.rawName === '-h' && name === 'help'))
    if (option === undefined) throw unknown(command, token.rawName)
    if (option.value === undefined && token.value !== undefined) throw use(command, `${token.rawName} takes no value`)
    if (option.value !== undefined && (token.value === undefined || token.value === ''))
      throw use(command, `${token.rawName}: expected ${option.value}`)
    values[option.name] = token.value ?? true
  }
  if (values['help'] !== true) {
    checkWords(command, words)
    const places = ['dir', 'url', 'clickhouse'].filter((name) => values[name] !== undefined)
    if (places.length > 1) throw use(command, `expected ${places.map((name) => `--${name}`).join(' or ')}, got both`)
  }
  return { words, options: values }
}

function checkWords(command: Command, words: readonly string[]): void {
  const { minWords, maxWords } = command
  if (words.length < minWords) throw use(command, `expected ${command.words}`)
  if (words.length > maxWords) throw use(command, `expected ${command.words || 'no words'}, got ${words.length} words`)
}

function unknown(command: Command, rawName: string): UsageError {
  const names = command.options.map((option) => `--${option.name}`)
  const near = rawName.length < 40 ? nearestName(rawName, names) : undefined
  return use(command, `there is no ${rawName.slice(0, 40)}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

function use({ name }: Command, problem: string): UsageError {
  return new UsageError(`spoor ${name}: ${problem}\nspoor ${name} --help shows what it takes`)
}
