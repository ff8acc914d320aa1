import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkProse, habitsIn } from './prose.mjs'

const found = (text) => habitsIn(text).map(({ line, found }) => `${line}: ${found}`)

test.each([
  ['a value that is no number', 'is no number'],
  ['what are no lists', 'are no lists'],
  ['an id of spaces is none', 'is none'],
  ['Whoever asks', 'Whoever'],
  ["nobody's request", "nobody's"],
  ['what he sent', 'he'],
  ['// in his account.', 'his'],
  ['no header of ours', 'of ours'],
  ['says the mend', 'the mend'],
])('refuses "%s"', (text, habit) => {
  expect(found(text)).toEqual([`1: ${habit}`])
})

test.each([
  'There is no such job.',
  'undefined if there is none',
  'is no longer open',
  'this is not a number',
  'the history of this header',
  'nobody listens',
  'the mending',
])('accepts "%s"', (text) => {
  expect(found(text)).toEqual([])
})

test('lists the habits of a text in order, each with its line', () => {
  expect(found('plain\nhe is no user of ours\nwhoever')).toEqual(['2: he', '2: is no user', '2: of ours', '3: whoever'])
})

test('names file, line and what to write instead, and reads every kind of prose but installed packages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-prose-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'src/node_modules'), { recursive: true })
  for (const name of ['a.ts', 'b.md', 'c.html', 'd.png', 'node_modules/e.js']) {
    writeFileSync(join(folder, 'src', name), 'plain\nsays the mend\n')
  }
  expect(checkProse(folder)).toEqual(
    ['a.ts', 'b.md', 'c.html'].map((name) => `src/${name}:2: "the mend"; write "the fix"`),
  )
})
