import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

const docs = fileURLToPath(new URL('../docs', import.meta.url))

// A ```js block is a whole program; a ```text block behind it holds lines that it prints.
const example = /```js\n(?<program>.*?)```(?:\n+```text\n(?<lines>.*?)```)?/gs

describe.each(['logs.md', 'redaction.md', 'outgoing.md', 'tracking.md', 'jobs.md'])('docs/%s', (file) => {
  const examples = [...readFileSync(join(docs, file), 'utf8').matchAll(example)].map((found, index) => ({
    number: index + 1,
    // The program lies beside the sources, where adapters have a folder.
    program: (found.groups?.['program'] ?? '').replace(/'spoor\/(\w+)'/g, "'spoor/adapters/$1/$1.js'"),
    lines: (found.groups?.['lines'] ?? '').split('\n').slice(0, -1),
  }))

  test.each(examples)('example $number runs and prints what the page says', async ({ program, lines }) => {
    const { stdout, stderr, code } = await runProgram(program, { cwd: temporaryFolder() })
    expect([stderr, code]).toEqual(['', 0])
    const printed = stdout.split('\n').map(timeless)
    for (const line of lines) expect(printed).toContain(timeless(line))
  })
})

/** A line without what differs from run to run. */
function timeless(line: string): string {
  return line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME').replace(/\] \[\d+\] \[/, '] [PID] [')
}
