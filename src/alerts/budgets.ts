import type { Alert } from './alert.js'
import type { BudgetOptions } from './alerts-options.js'
import { accountName, percent } from './phrases.js'

/** What an account used in the last minute; the part of the totals that budgets need. */
export interface AccountUse {
  readonly account?: string | undefined
  /** Absent if the CPU is unknown. */
  readonly cpuMs?: number | undefined
  readonly queryMs: number
}

/** The last minute of the service. */
export interface UseReading {
  /** False if CPU is estimated from windows. */
  readonly exact: boolean
  readonly windows?: number | undefined
  readonly all: AccountUse
  readonly rows: readonly AccountUse[]
}

/** A nearly idle service has no budget: an account must use at least one percent of a minute, in ms. */
const minUseMs = 600
/** An estimate from fewer windows is too rough. */
const minWindows = 5
// Sums over work without an account, and over accounts beyond the bound.
const notAccounts: ReadonlySet<string> = new Set(['(anonymous)', '(other)'])

/**
 * Compares the use of each account in the last minute with its budget.
 *
 * @param startFrom the request to start from, for an account
 */
export function overBudget(
  { cpuShare, queryShare }: BudgetOptions['account'],
  { exact, windows = 0, all, rows }: UseReading,
  startFrom: (account: string) => string | undefined,
): Alert[] {
  const isKnown = exact || windows >= minWindows
  const about = exact ? '' : ' (an estimate)'
  return rows.flatMap((row) => {
    const { account } = row
    if (account === undefined || notAccounts.has(account)) return []
    const cpu = isKnown ? over(row.cpuMs, all.cpuMs, cpuShare) : undefined
    const queries = over(row.queryMs, all.queryMs, queryShare)
    const said = [
      cpu && `${percent(cpu.share)} of the CPU${about}, its budget is ${percent(cpu.budget)}`,
      queries && `${percent(queries.share)} of the time of all queries, its budget is ${percent(queries.budget)}`,
    ].filter((text) => text !== undefined)
    if (said.length === 0) return []
    const alert: Alert = {
      kind: 'budget',
      account,
      requestId: startFrom(account),
      sentence: `in the last minute, ${accountName(account)} used ${said.join('; and ')}`,
      figures: {
        ...(cpu && { cpuShare: rounded(cpu.share), cpuMs: Math.round(cpu.used), cpuBudget: cpu.budget }),
        ...(queries && {
          queryShare: rounded(queries.share),
          queryMs: Math.round(queries.used),
          queryBudget: queries.budget,
        }),
        spanMs: 60_000,
      },
    }
    return [alert]
  })
}

interface Over {
  readonly used: number
  readonly share: number
  readonly budget: number
}

/** Undefined if the use is within the budget, or one of them is unknown. */
function over(used: number | undefined, all: number | undefined, budget: number | undefined): Over | undefined {
  if (used === undefined || all === undefined || budget === undefined) return undefined
  if (used < minUseMs || all <= 0) return undefined
  // Estimates may add up to more than the whole.
  const share = Math.min(1, used / all)
  return share > budget ? { used, share, budget } : undefined
}

function rounded(share: number): number {
  return Math.round(share * 1_000) / 1_000
}
