/*
 * Totals by minute, account and route are made from the lines of the logger `requests`: every request has one, measured or not. The
 * server adds them up in a materialised view.
 */

/** A sum of `spoor_totals`, and its value in one line. */
interface TotalsColumn {
  readonly name: string
  readonly type: string
  readonly value: string
}

const sum = (name: string, of: 'UInt64' | 'Float64', value: string): TotalsColumn => ({
  name,
  type: `SimpleAggregateFunction(sum, ${of})`,
  value: `sum(${value})`,
})
const figure = (name: string, ...path: readonly string[]): string =>
  `JSONExtractFloat(attributes['${name}'], ${path.map((part) => `'${part}'`).join(', ')})`
const duration = "toFloat64OrZero(attributes['durationMs'])"

/** The quantiles that `durations` gives, in this order. */
const totalsQuantiles: readonly number[] = [0.5, 0.9, 0.95, 0.99]
const quantiles = totalsQuantiles.join(', ')

/**
 * `errors`: answers of 500 and more, and failed jobs. `measured`: requests whose CPU is known; `cpuMs` is theirs. Read `durations` with
 * `quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(durations)`.
 */
export const totalsColumns: readonly TotalsColumn[] = [
  sum('requests', 'UInt64', '1'),
  sum('errors', 'UInt64', 'isFailed'),
  sum('measured', 'UInt64', "mapContains(attributes, 'cpu')"),
  sum('durationMs', 'Float64', duration),
  sum('cpuMs', 'Float64', figure('cpu', 'ms')),
  sum('queries', 'UInt64', "JSONExtractUInt(attributes['queries'], 'calls')"),
  sum('queryMs', 'Float64', figure('queries', 'ms')),
  sum('poolMs', 'Float64', figure('queries', 'poolMs')),
  sum('holdMs', 'Float64', figure('queries', 'holdMs')),
  sum('bytes', 'Float64', `${figure('io', 'client', 'readBytes')} + ${figure('io', 'client', 'writtenBytes')}`),
  sum('heldUpMs', 'Float64', figure('waits', 'heldUpMs')),
  {
    name: 'counts',
    type: 'SimpleAggregateFunction(sumMap, Map(String, Float64))',
    value: "sumMap(CAST(JSONExtractKeysAndValues(attributes['counts'], 'Float64'), 'Map(String, Float64)'))",
  },
  { name: 'lastAt', type: "SimpleAggregateFunction(max, DateTime64(3, 'UTC'))", value: 'max(at)' },
  { name: 'version', type: 'SimpleAggregateFunction(anyLast, String)', value: "anyLast(attributes['version'])" },
  {
    name: 'durations',
    type: `AggregateFunction(quantilesTDigest(${quantiles}), Float64)`,
    value: `quantilesTDigestState(${quantiles})(${duration})`,
  },
]

const keys = 'minute, service, pid, kind, hasAccount, account, method, route'

/** The SELECT that adds up the lines of `requests`. */
export function mappedTotals(from: string): string {
  const values = totalsColumns.map(({ name, value }) => `  ${value} AS ${name}`)
  return `SELECT
  ${keys},
${values.join(',\n')}
FROM (
  SELECT
    LogAttributes AS attributes,
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
    toDateTime64(Timestamp, 3, 'UTC') AS at,
    ServiceName AS service,
    toUInt32OrZero(attributes['pid']) AS pid,
    attributes['kind'] AS kind,
    mapContains(attributes, 'account') AS hasAccount,
    attributes['account'] AS account,
    attributes['method'] AS method,
    if(kind = 'job', attributes['name'], attributes['route']) AS route,
    if(attributes['status'] = '', mapContains(attributes, 'error'), toUInt16OrZero(attributes['status']) >= 500) AS isFailed
  FROM ${from}
  WHERE ScopeName = 'requests' AND LogAttributes['kind'] IN ('request', 'job') AND mapContains(LogAttributes, 'spoor.json')
)
GROUP BY ${keys}`
}
