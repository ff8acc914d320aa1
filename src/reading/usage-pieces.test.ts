import fc from 'fast-check'
import { expect, test } from 'vitest'
import { namesOf, usagePieces } from './usage-pieces.js'

const strong = (sentence: string, names: readonly string[] = []): string[] =>
  usagePieces(sentence, names)
    .filter(({ isStrong }) => isStrong)
    .map(({ text }) => text)

test('names and numbers stand out, and the span does not', () => {
  const sentence =
    'globex used 60 % of the CPU in the last 5 minutes, nearly all of it in POST /api/v1/export, and held up 3,918 requests of other accounts for 9.4 min. Estimated from 312 windows.'
  expect(strong(sentence, ['globex', 'POST /api/v1/export'])).toEqual([
    'globex',
    '60 %',
    'POST /api/v1/export',
    '3,918',
    '9.4 min',
    '312',
  ])
})

test('a name at the end stands out without its full stop, and with its own dot', () => {
  expect(strong('3 requests of acme.', ['acme'])).toEqual(['3', 'acme'])
  expect(strong('acme.example used most.', ['acme'])).toEqual([])
  expect(strong('acme.example used most.', ['acme', 'acme.example'])).toEqual(['acme.example'])
})

test('a quoted name is one name for any contents', () => {
  expect(strong('"5 % of \\"x\\" held up 3" used 61 % of it')).toEqual(['"5 % of \\"x\\" held up 3"', '61 %'])
})

test('digits inside a name do not stand out', () => {
  expect(strong('in POST /api/v1/export')).toEqual([])
})

test('the kind of time has its colour before it', () => {
  expect(usagePieces('a held up 3 requests', [])).toEqual([
    { text: 'a ', isStrong: false },
    { text: 'held up ', isStrong: false, swatch: 'held' },
    { text: '3', isStrong: true },
    { text: ' requests', isStrong: false },
  ])
})

test('the pieces together are the sentence for any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (sentence, names) => {
      expect(
        usagePieces(sentence, names)
          .map(({ text }) => text)
          .join(''),
      ).toBe(sentence)
    }),
  )
})

test('names are those of accounts and of their routes', () => {
  const item = { account: 'globex', routes: [{ method: 'POST', route: '/export' }, { route: 'run nightly' }] }
  expect(namesOf([item as never])).toEqual(['globex', 'POST /export', 'scope nightly'])
})
