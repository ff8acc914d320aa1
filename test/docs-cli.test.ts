// The commands of docs/cli.md run, and their output has the form that the page shows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { argumentsOf } from '../src/cli/arguments.js'
import { commands } from '../src/cli/commands.js'
import { tools } from '../src/cli/mcp/tools.js'
import { build, spoor } from './cli/command-line.js'
import { type TestService, testService } from './cli/service.js'
import { blocksOf, textOf } from './docs/blocks.js'

const page = 'docs/cli.md'
const blocks = blocksOf(page)
/** The id on the page, for which the test sends a request. */
const shownId = '01a22545-ea68-72d6-9169-9dfd1053460b'

let folder: string
let service: TestService
let id: string

beforeAll(async () => {
  build()
  folder = mkdtempSync(join(tmpdir(), 'spoor-docs-cli-'))
  service = await testService(join(folder, 'logs'))
  id = await service.send('acme', '/job')
  await service.send('acme', '/fail')
  await service.send('globex', '/')
  await service.written()
})

afterAll(async () => {
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The form of a line: without ids, times, numbers, bars and the amount of space. */
function formOf(line: string): string {
  return line
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'ID')
    .replace(/(?:\d+ \w{3} (?:\d{4} )?)?\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replace(/[█▏▎▍▌▋▊▉·│]+/g, '')
    .replace(/(?<![\w])\d+(?:\.\d+)?/g, 'N')
    .replace(/^(\s*N m?s: N m?s) .*/, '$1 …')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The scale of the bar has as many numbers as fit. */
const isScale = (form: string): boolean => /^(?:N )+m?s$/.test(form)

const shown = blocks.flatMap(({ language, code }, at): [string, string][] => {
  const output = blocks[at + 1]
  return language === 'sh' && output?.language === 'text' ? [[code.trim(), output.code]] : []
})

describe('docs/cli.md', () => {
  test.each(shown)('shows the form of the output of: %s', async (command, output) => {
    const args = command.split(' ').slice(1)
    const { out } = await spoor(
      args.map((word) => (word === shownId ? id : word)),
      { cwd: folder },
    )
    const forms = out.split('\n').map(formOf)
    const wanted = output
      .split('\n')
      .map(formOf)
      .filter((form) => !isScale(form))
    expect(wanted.filter((form) => !forms.includes(form))).toEqual([])
  })

  test('has commands that the command line accepts', () => {
    const lines = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => code.split('\n'))
      .flatMap((line) => /^(?:SPOOR_TOKEN=\S+ )?(?:npx )?spoor (.*)$/.exec(line)?.[1] ?? [])
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) {
      const [name, ...rest] = line.split(' ')
      const command = commands.find((one) => one.name === name)
      if (command === undefined) expect(line).toBe('--help')
      else argumentsOf(command, rest)
    }
  })

  test('names every command, and every option of find', () => {
    const text = textOf(page)
    for (const { name } of commands) expect(text).toContain(`spoor ${name}`)
    for (const { name } of commands.find((one) => one.name === 'find')?.options ?? [])
      expect(text).toContain(`--${name}`)
  })
})

test('docs/agents.md lists every tool with its arguments', () => {
  const rows = [...textOf('docs/agents.md').matchAll(/^\| `(\w+)` \| (.*?) ?\| /gm)]
  const listed = rows.map(([, name, given = '']) => [name, [...given.matchAll(/`(\w+)`/g)].map(([, one]) => one)])
  expect(listed).toEqual(tools.map(({ name, inputSchema }) => [name, Object.keys(inputSchema.properties)]))
})
