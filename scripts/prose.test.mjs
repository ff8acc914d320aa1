import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkProse, habitsIn, titleHabitsIn } from './prose.mjs'

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

const foundInTitles = (code) => titleHabitsIn(code).map(({ line, found }) => `${line}: ${found}`)

test.each([
  ["test('nobody waits', () => {})", 'nobody'],
  ["it('is created again after somebody deletes it', () => {})", 'somebody'],
  ["describe('what is measured', () => {})", 'what'],
  ["test('who reads', () => {})", 'who'],
  ["test('an id of our own', () => {})", 'our'],
  ["test('is not there unless a user asks', () => {})", 'is not there'],
  ["test('is off unless told otherwise', () => {})", 'unless told'],
  ["test('the failure is said once', () => {})", 'is said'],
  ["test('refuses a child, and says so', () => {})", 'says so'],
  ["test('never fails, whatever it is', () => {})", ', whatever it is'],
  ["test('runs all the same', () => {})", 'all the same'],
])('refuses the title in %s', (code, habit) => {
  expect(foundInTitles(code)).toEqual([`1: ${habit}`])
})

test.each([
  "test('does not wait for what another process does', () => {})",
  "test('whose worker died is attempted again', () => {})",
  "test('is there a limit', () => {})",
  "test('there is a line', () => {})",
  "test('stays unchanged, whatever the caller sends', () => {})",
  "test('is asked to stop', () => { say('nobody') })",
  "const nobody = 'what is of our own'",
  '// What nobody says is not a title.',
])('accepts the titles in %s', (code) => {
  expect(foundInTitles(code)).toEqual([])
})

test('finds titles in tables, in strings of each kind, on the next line, and in cases of the suites', () => {
  const code = `
test.each([
  ['a', 1],
])('nobody \\'s %s', () => {})
describe.skip(
  "somebody",
  () => {},
)
it.skipIf(true)(\`everybody \${name}\`, () => {})
const cases = [{ row: 'S1', says: 'anybody' }]
`
  expect(foundInTitles(code)).toEqual(['4: nobody', '6: somebody', '9: everybody', '10: anybody'])
})

test('reads titles in test files only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-prose-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['src/a.ts', 'src/a.test.ts', 'test/cases.ts', 'scripts/a.test.mjs']) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), "test('says so', () => {})\n")
  }
  const files = ['src/a.test.ts', 'test/cases.ts', 'scripts/a.test.mjs']
  expect(checkProse(folder).map((line) => line.split(':')[0])).toEqual(files)
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
