import { expect, test } from 'vitest'
import { safeErrorLevel } from './errors-options.js'

test('errors.level names a level in any case, and one that it does not know is reported', () => {
  const said: string[] = []
  const levels = ['WARN', 'fatal', 'silent', 'loud']
  const levelOf = safeErrorLevel(
    (status) => levels[status] as 'warn',
    (_, message) => void said.push(message),
  )
  expect(levels.map((_, status) => levelOf(status))).toEqual(['warn', 'fatal', 'info', 'info'])
  expect(said.map((message) => /got ("\w+")/.exec(message)?.[1])).toEqual(['"silent"', '"loud"'])
})
