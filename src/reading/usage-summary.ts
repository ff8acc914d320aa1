import { shownName } from './shown-name.js'
import type { RankedBy, UsageItem, UsageSpan } from './usage.js'
import { figureOf } from './usage-figures.js'
import { counted, heldSaid, shareSaid, spanSaid } from './usage-words.js'

/** The parts of a summary. */
export interface SummaryParts {
  readonly of: 'account' | 'route'
  readonly by: RankedBy
  readonly span: UsageSpan
  /** Names as the reader may see them, the most first. */
  readonly items: readonly UsageItem[]
  /** The sum over all work, of which shares are told; undefined: the reader sees no shares. */
  readonly total: number | undefined
  /** Of routes: the account that the question names. */
  readonly account?: string | undefined
  readonly exact: boolean
  readonly windows?: number | undefined
}

const maxCharacters = 400
const maxNameCharacters = 80
const maxTied = 3
// A route is named from this share of its account's use on, and from the other on it is nearly all of it.
const mostOf = 0.5
const nearlyAllOf = 0.9
// Values that differ by less are equal.
const equalWithin = 0.01

/**
 * Says in a sentence which account or route used most. One line of at most 400 characters; a second sentence tells the
 * number of windows of an estimate.
 *
 * @example
 * usageSummary(parts)
 * // globex used 60 % of the CPU in the last hour, nearly all of it in POST /api/v1/export, and held up 3,918 requests
 * // of other accounts for 9.4 min.
 */
export function usageSummary(parts: SummaryParts): string {
  // Readers of one account do not see how long others waited.
  if (parts.by === 'heldUp' && parts.total === undefined)
    return 'Only readers of everything see how long others were held up.'
  const figure = figureOf(parts.by, parts.of)
  const named = parts.items.filter(({ account, route }) => (account ?? route) !== '(other)')
  const [first] = named
  if (first === undefined || !(figure.value(first) > 0)) return `${figure.nothing} in ${spanSaid(parts.span)}.`
  const tied = named.filter((item) => isEqual(figure.value(item), figure.value(first)))
  const sentence = tied.length > 1 ? tiedSentence(parts, tied) : leadingSentence(parts, first)
  const isEstimate = figure.isMeasured && !first.exact && parts.windows !== undefined
  return isEstimate ? `${sentence} Estimated from ${counted(parts.windows ?? 0, 'window')}.` : sentence
}

function isEqual(one: number, other: number): boolean {
  return one > 0 && Math.abs(one - other) <= equalWithin * Math.max(one, other)
}

function leadingSentence(parts: SummaryParts, first: UsageItem): string {
  let sentence = `${subjectOf(parts, [first])} ${didOf(parts, first)}`
  for (const clause of [routeClause(parts, first), parts.by === 'cpu' ? heldClause(parts, first) : '']) {
    if (sentence.length + clause.length < maxCharacters) sentence += clause
  }
  return `${sentence}.`
}

function tiedSentence(parts: SummaryParts, tied: readonly UsageItem[]): string {
  return `${subjectOf(parts, tied)} each ${didOf(parts, tied[0] as UsageItem)}.`
}

function didOf({ by, of, total, span }: SummaryParts, item: UsageItem): string {
  const figure = figureOf(by, of)
  const value = figure.value(item)
  const share = total === undefined ? undefined : shareSaid(value / Math.max(total, value))
  return figure.did({ item, share, span: spanSaid(span) })
}

// The rest, or nothing to look at.
const unnamed: ReadonlySet<string | undefined> = new Set(['(other)', '(no route)'])

/** The account's heaviest route, if most of the use was there. */
function routeClause({ by, of }: SummaryParts, { routes = [], ...item }: UsageItem): string {
  const figure = figureOf(by, of)
  const own = figure.value(item)
  const [most] = [...routes].sort((one, other) => figure.value(other) - figure.value(one))
  if (most === undefined || own <= 0 || unnamed.has(most.route)) return ''
  const share = figure.value(most) / own
  if (share < mostOf) return ''
  const isAll = figure.them === 'them' && share >= 1
  if (isAll && own === 1) return `, in ${nameOf(most)}`
  const part = isAll ? 'all' : share >= nearlyAllOf ? 'nearly all' : 'most'
  return `, ${part} of ${figure.them} in ${nameOf(most)}`
}

function heldClause({ of }: SummaryParts, { heldOthers }: UsageItem): string {
  // Less than a millisecond says nothing.
  if (heldOthers === undefined || heldOthers.requests < 1 || heldOthers.ms < 1) return ''
  return `, and held up ${heldSaid(heldOthers, of)}`
}

/** The name of an account, route or job inside a sentence. */
function nameOf({ account, method, route }: Named): string {
  if (account === '(anonymous)') return 'work without an account'
  if (account !== undefined) return shown(account)
  if (route === undefined || route === '(no route)') return 'work without a route'
  if (method !== undefined) return `${shownName(method)} ${shown(route)}`
  const job = /^(job|run) (.+)$/s.exec(route)
  if (job === null) return shown(route)
  return `${job[1] === 'job' ? 'job' : 'scope'} ${shown(job[2] as string)}`
}

type Named = Pick<UsageItem, 'account' | 'method' | 'route'>

function shown(name: string): string {
  return shownName(name, maxNameCharacters)
}

/** The begin of the sentence, up to its subject. Names stay as they are. */
function subjectOf(parts: SummaryParts, items: readonly UsageItem[]): string {
  const names = items.slice(0, maxTied).map(nameOf)
  const more = items.length - names.length
  const last = more > 0 ? counted(more, `other ${parts.of}`) : names.pop()
  const subject = names.length === 0 ? String(last) : `${names.join(', ')} and ${last}`
  const { of, account } = parts
  // Shares are then of the work for one account.
  if (of === 'route' && account !== undefined) return `Of the work for ${shown(account)}, ${subject}`
  const [first] = items
  const isWords = first?.account === '(anonymous)' || (of === 'route' && subject.startsWith('work without a route'))
  return isWords ? subject.charAt(0).toUpperCase() + subject.slice(1) : subject
}
