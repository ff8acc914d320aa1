// README.md of this folder lists the faults of version 0.1 with their tests.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(new URL('README.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (.+) \| `([\w./-]+)` \| (.+) \|$/gm)].map(([, fault, file, title]) => ({
  fault: String(fault),
  file: String(file),
  title: String(title),
}))

test('every fault has a row with its test', () => {
  expect(rows.length).toBeGreaterThan(35)
})

test.each(rows)('$fault: the test exists', ({ file, title }) => {
  // Titles may stand in single or double quotes.
  expect(readFileSync(`${root}${file}`, 'utf8').replaceAll("\\'", "'")).toContain(title)
})
