import { expect, test } from 'vitest'
import { ago } from './ago.js'
import { lostProcesses } from './names.js'
import { outputRows, sumOfFiles } from './output-rows.js'
import { highestOf, vitalSigns } from './vitals.js'

const output = (name: string, more = {}) => ({ output: name, keptLines: 0, lostLines: 0, ...more })

test('an output stands with its file; what fails is first, then what lost lines', () => {
  const files = [
    { file: 'a.log', bytes: 3 },
    { file: 'old.log', bytes: 4 },
  ]
  const rows = outputRows(
    [output('a.log'), output('console', { lostLines: 2 }), output('b.log', { error: 'ENOSPC' })],
    files,
  )
  expect(rows.map(({ name, file }) => [name, file?.bytes])).toEqual([
    ['b.log', undefined],
    ['console', undefined],
    ['a.log', 3],
    ['old.log', 4],
  ])
  expect(sumOfFiles(files)).toBe(7)
})

test('the age of a time has one unit, and none is below 0', () => {
  const now = Date.UTC(2026, 10, 24)
  const shown = [-5_000, 40_000, 3_600_000, 26 * 3_600_000, 72 * 3_600_000].map((ms) => ago(now - ms, now))
  expect(shown.map(({ digits, unit }) => `${digits} ${unit}`)).toEqual(['0 s', '40 s', '60 min', '26.0 h', '3.0 days'])
  expect(ago(Number.NaN, now).digits).toBe('–')
})

test('there are five vital signs, and none is known without samples', () => {
  expect(vitalSigns).toHaveLength(5)
  for (const vital of vitalSigns) expect(highestOf([], vital)).toBeUndefined()
})

test('a lost process is a failure, and one that runs is none', () => {
  const process = { instance: 'web-1:4103', host: 'web-1', pid: 4103 }
  expect(lostProcesses([process])).toEqual([])
  expect(lostProcesses([{ ...process, isLost: true }])).toEqual([
    { level: 'failure', says: 'web-1 4103 gives no sign of life' },
  ])
  const [lost] = lostProcesses([{ ...process, isLost: true, lastHeardAt: '2026-11-24T14:02:51Z' }])
  expect(lost?.says).toMatch(/^web-1 4103 was last heard at \d\d:02:51$/)
})
