#!/usr/bin/env node
import { version } from '../reading/version.js'
import { escapeText } from '../safe-values/escape.js'
import { nearestName } from '../safe-values/nearest-name.js'
import { argumentsOf } from './arguments.js'
import { UsageError } from './command.js'
import { commands } from './commands.js'
import { completion } from './completion.js'
import { generalHelp, helpOf } from './help.js'
import { type Output, OutputClosed, processOutput } from './output.js'

async function main(argv: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--version') return said(output, version)
  const asked = name === 'help' ? commands.find((one) => one.name === rest[0]) : undefined
  if (asked !== undefined) return said(output, helpOf(asked).join('\n'))
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.print(...generalHelp(commands, version))
    return name === undefined ? 2 : 0
  }
  if (name === 'completion') return said(output, completion(rest[0], commands).trimEnd())
  const command = commands.find((one) => one.name === name)
  if (command === undefined) throw unknown(name)
  const given = argumentsOf(command, rest)
  if (given.options['help'] === true) {
    output.print(...helpOf(command))
    return 0
  }
  const run = await command.load()
  return run(given, output)
}

function said(output: Output, text: string): number {
  output.print(text)
  return 0
}

function unknown(name: string): UsageError {
  const near = name.length < 40 ? nearestName(name, [...commands.map((one) => one.name), 'completion']) : undefined
  const fix = near === undefined ? 'spoor --help lists the commands' : `did you mean ${near}?`
  return new UsageError(`spoor: there is no command ${name.slice(0, 40)}; ${fix}`)
}

async function exitCode(output: Output): Promise<number> {
  try {
    return await main(process.argv.slice(2), output)
  } catch (error) {
    if (error instanceof OutputClosed) return 0
    if (error instanceof UsageError) {
      for (const line of error.message.split('\n')) output.say(escapeText(line))
      return 2
    }
    output.say(escapeText(`spoor: ${error instanceof Error ? error.message : String(error)}`))
    return 2
  }
}

void exitCode(processOutput()).then((code) => {
  process.exitCode = code
})
