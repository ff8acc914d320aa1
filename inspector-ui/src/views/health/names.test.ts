import { expect, test } from 'vitest'
import { processChoices } from '../requests/choices.js'
import { processName } from './names.js'

test('a process is named by its host and pid; where log files do not name the host, by its pid', () => {
  expect(processName({ host: 'web-2', pid: 4127 })).toBe('web-2 4127')
  expect(processName({ host: 'unknown', pid: 4127 })).toBe('pid 4127')
})

test('processes of unknown hosts are chosen by their pid, and are no machine', () => {
  const processes = [4127, 4128].map((pid) => ({ instance: 'unknown', host: 'unknown', pid }))
  expect(processChoices(processes).map(({ value, label }) => [value, label])).toEqual([
    [undefined, 'any'],
    ['4127', 'pid 4127'],
    ['4128', 'pid 4128'],
  ])
})
