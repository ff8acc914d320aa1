import type { RequestContext } from '../../context/request-context.js'
import { type LevelOrSilent, levelNumbers } from '../levels.js'

/** A level that holds for a while, for the lines that its members select. An absent member selects all lines. */
export interface LevelRule {
  readonly logger?: string | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  /** The id of a request, as on its lines, or of the request that a job comes from. */
  readonly requestId?: string | undefined
  readonly level: LevelOrSilent
  /** ISO 8601, UTC. */
  readonly until: string
}

/** Who a line is for, as far as rules select by it. */
type Who = Pick<RequestContext, 'id' | 'requestId' | 'parentId' | 'account' | 'user'>

/** The rules of a levels.json. */
export class LevelRules {
  readonly rules: readonly LevelRule[]

  constructor(rules: readonly LevelRule[]) {
    this.rules = rules
  }

  /** The rules in words, for a line. */
  get words(): string {
    return this.rules.map(ruleWords).join('; ')
  }

  /** The loggers that rules name, each once. */
  get loggers(): Set<string> {
    return new Set(this.rules.flatMap(({ logger }) => (logger === undefined ? [] : [logger])))
  }

  /** The rules that still hold; undefined if none does. */
  at(now: number): LevelRules | undefined {
    const held = this.rules.filter(({ until }) => Date.parse(until) > now)
    if (held.length === this.rules.length && held.length > 0) return this
    return held.length === 0 ? undefined : new LevelRules(held)
  }

  /**
   * The number of the lowest level that the rules let through: that of the most verbose rule that selects the line, whatever the
   * order of the rules. Undefined if no rule selects it. Only a rule that names `requests` selects lines of `requests`.
   */
  leastOf(logger: string, context: Who | undefined): number | undefined {
    let least: number | undefined
    for (const rule of this.rules) {
      if (!selects(rule, logger, context)) continue
      const number = levelNumbers[rule.level]
      if (least === undefined || number < least) least = number
    }
    return least
  }
}

/** Says a rule: `publish_sync at debug for account acme until 2026-11-29T22:00:00.000Z`. */
export function ruleWords(rule: LevelRule): string {
  const { logger, level, until } = rule
  return `${logger ?? 'all loggers but requests'} at ${level}${whoseWords(rule)} until ${until}`
}

/** Says for whom a rule holds: ` for account acme`. Empty if it holds for all. */
export function whoseWords({ account, user, requestId }: Omit<LevelRule, 'level' | 'until'>): string {
  const whose = [
    account === undefined ? '' : ` for account ${account}`,
    user === undefined ? '' : ` for user ${user}`,
    requestId === undefined ? '' : ` for request ${requestId}`,
  ]
  return whose.join('')
}

function selects(rule: LevelRule, logger: string, context: Who | undefined): boolean {
  if (rule.logger === undefined ? logger === 'requests' : rule.logger !== logger) return false
  if (rule.account !== undefined && rule.account !== context?.account) return false
  if (rule.user !== undefined && rule.user !== context?.user) return false
  return rule.requestId === undefined || (context !== undefined && isOf(rule.requestId, context))
}

function isOf(id: string, { id: own, requestId, parentId }: Who): boolean {
  return id === requestId || id === own || id === parentId
}
