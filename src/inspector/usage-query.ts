import { type RankedBy, rankings, spanMs, type UsageQuery, type UsageSpan } from '../reading/usage.js'
import { oneOf, type Parameter, type Parameters, readParameter, refuse, text, unknownParameter } from './parameters.js'

const spans = Object.keys(spanMs) as UsageSpan[]
const span = oneOf(...spans)
const process = text(300)
const by: Parameter<RankedBy> = {
  read: (value) => rankings.find((figure) => figure === value) ?? countOf(value),
  expected: `one of ${rankings.join(', ')}, or counts.NAME with a name of 1 to 100 characters`,
}

/** `counts.NAME`: a count of `spoor.count`, whose names have at most 100 characters. */
function countOf(value: string): RankedBy | undefined {
  return /^counts\..{1,100}$/s.test(value) ? (value as RankedBy) : undefined
}

const ofAccounts: Parameters<Omit<UsageQuery, 'account'>> = { span, by, process }
const ofRoutes: Parameters<UsageQuery> = { span, by, account: text(200), process }
const ofLive: Parameters<Pick<UsageQuery, 'process'>> = { process }
const ofAccounting: Parameters<Pick<UsageQuery, 'span'>> = { span }

/** @throws Refusal 400 that names every wrong parameter once */
export function accountsQueryOf(query: string): UsageQuery {
  return valuesOf(query, ofAccounts)
}

/** @throws Refusal 400 that names every wrong parameter once */
export function routesQueryOf(query: string): UsageQuery {
  return valuesOf(query, ofRoutes)
}

/** @throws Refusal 400 that names every wrong parameter once */
export function accountingQueryOf(query: string): Pick<UsageQuery, 'span'> {
  return valuesOf(query, ofAccounting)
}

/** @throws Refusal 400 that names every wrong parameter once */
export function liveQueryOf(query: string): Pick<UsageQuery, 'process'> {
  return valuesOf(query, ofLive)
}

function valuesOf<Values extends object>(query: string, parameters: Parameters<Values>): Partial<Values> {
  const values: Record<string, unknown> = {}
  const problems = new Set<string>()
  const unknown = unknownParameter(Object.keys(parameters))
  for (const one of new URLSearchParams(query)) readParameter(one, parameters, values, problems, unknown)
  refuse(problems)
  return values as Partial<Values>
}
