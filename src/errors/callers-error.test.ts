import { expect, test } from 'vitest'
import { callersError } from './callers-error.js'

test('an error whose message is too long by itself is cut without measuring all of it', () => {
  const measure = (): number => expect.unreachable('the error was measured')
  const shown = callersError(new Error('a'.repeat(15_000)), measure, (text) => text)
  expect(shown).toMatchObject({ cut: true, message: expect.stringMatching(/^a{400}…$/) })
})
