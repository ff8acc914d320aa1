import { describe, expect, test } from 'vitest'
import { type AccountUse, overBudget } from './budgets.js'

const minute = (all: Partial<AccountUse>, rows: readonly Partial<AccountUse>[], exact = true, windows?: number) => ({
  exact,
  windows,
  all: { queryMs: 0, ...all },
  rows: rows.map((row) => ({ queryMs: 0, ...row })),
})
const startFrom = (account: string): string => `slowest of ${account}`

describe('an account', () => {
  test('is over its budget if its share of the CPU or of all query time is larger', () => {
    const reading = minute({ cpuMs: 10_000, queryMs: 4_000 }, [
      { account: 'acme', cpuMs: 2_000, queryMs: 1_000 },
      { account: 'globex', cpuMs: 7_500, queryMs: 3_000 },
      { account: 'initech', cpuMs: 5_000, queryMs: 0 },
    ])
    expect(overBudget({ cpuShare: 0.5, queryShare: 0.6 }, reading, startFrom)).toEqual([
      {
        kind: 'budget',
        account: 'globex',
        requestId: 'slowest of globex',
        sentence:
          'in the last minute, globex used 75 % of the CPU, its budget is 50 %; and 75 % of the time of all queries, its budget is 60 %',
        figures: {
          cpuShare: 0.75,
          cpuMs: 7_500,
          cpuBudget: 0.5,
          queryShare: 0.75,
          queryMs: 3_000,
          queryBudget: 0.6,
          spanMs: 60_000,
        },
      },
    ])
  })

  test('may use all of a nearly idle service: less than one percent of the minute', () => {
    const small = minute({ cpuMs: 599 }, [{ account: 'acme', cpuMs: 599 }])
    expect(overBudget({ cpuShare: 0.1 }, small, startFrom)).toEqual([])
    const large = minute({ cpuMs: 700 }, [{ account: 'acme', cpuMs: 600 }])
    expect(overBudget({ cpuShare: 0.1 }, large, startFrom)).toHaveLength(1)
  })

  test('is told from the sums over work without an account and over further accounts', () => {
    const reading = minute({ cpuMs: 10_000 }, [
      { account: '(anonymous)', cpuMs: 5_000 },
      { account: '(other)', cpuMs: 5_000 },
      { cpuMs: 5_000 },
    ])
    expect(overBudget({ cpuShare: 0.1 }, reading, startFrom)).toEqual([])
  })

  test('is over a budget of CPU by an estimate only from enough windows, and the sentence marks it as an estimate', () => {
    const rows = [{ account: 'acme', cpuMs: 9_000 }]
    expect(overBudget({ cpuShare: 0.5 }, minute({ cpuMs: 9_100 }, rows, false, 4), startFrom)).toEqual([])
    expect(overBudget({ cpuShare: 0.5 }, minute({ cpuMs: 9_100 }, rows, false), startFrom)).toEqual([])
    expect(overBudget({ cpuShare: 0.5 }, minute({}, rows), startFrom)).toEqual([])
    expect(overBudget({ cpuShare: 0.5 }, minute({ cpuMs: 8_000 }, rows, false, 50), startFrom)[0]?.sentence).toBe(
      'in the last minute, acme used 100 % of the CPU (an estimate), its budget is 50 %',
    )
  })
})
