import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { broken, soak } from '../../scripts/soak/soak.mjs'
import { writeProgram } from '../programs/program.ts'

const built = new URL('./index.js', pathToFileURL(writeProgram(''))).href
// They end with the last of the kills, which comes later where it takes seconds to start a process.
const short = { package: built, ms: 150_000, kills: 60 }

describe('while writers are stopped, killed at any step and started again', () => {
  test.each([
    ['eight processes that are also killed from outside', { backups: 100_000, killMs: 150 }],
    ['eight processes with one backup', { backups: 1 }],
    ['six threads of one process', { processes: 0, threads: 6 }],
  ])('%s lose, repeat and tear no line of their file', async (_, options) => {
    const result = await soak({ ...short, ...options })
    expect(broken(result)).toEqual([])
    expect(result.killed).toBeGreaterThanOrEqual(60)
  })
})

test('the soak test reports what breaks a promise', () => {
  const good = {
    promised: 1,
    lost: 0,
    doubled: 0,
    torn: 0,
    mayTear: 0,
    passedBy: 0,
    mayPassBy: 0,
    longestMs: 1,
    failures: [],
  }
  expect(broken(good)).toEqual([])
  expect(broken({ ...good, lost: 2, torn: 1 })).toEqual(['2 lost', '1 torn'])
  expect(broken({ ...good, passedBy: 3 })).toEqual(['a file passed its limit by 3 bytes'])
  expect(broken({ ...good, passedBy: 3, longestMs: 60 })).toEqual([])
  expect(broken({ ...good, promised: 0, failures: ['Error: x'] })).toEqual(['nothing was written', 'Error: x'])
})
