import { all, type Check, check, list, object, oneOf, optional, problemOf, wholeNumber } from '../options.js'
import { typeName } from '../safe-values/type-name.js'
import { type AlertKind, alertKinds } from './alert.js'

/** The option `alerts`: where alerts are sent, as Standard Webhooks (https://www.standardwebhooks.com). */
export interface AlertsOptions {
  /** The URL that takes the webhooks. Redirects are not followed. */
  url: string
  /** The secret that signs them: `whsec_` and the base64 of at least 16 bytes. */
  secret: string
  /** The kinds of alerts that are sent. Default: all. `stuck` needs `tracking.watchdog`. */
  on?: readonly AlertKind[] | undefined
  /** At most one alert of each kind and account is sent in this time, in ms. Default: 600,000. */
  everyMs?: number | undefined
}

/** The option `budget`: how much of the service one account may use. */
export interface BudgetOptions {
  /** The budget of each account: shares from 0 to 1, over a minute. At least one of them. */
  account: {
    /** Of the CPU that the thread used. */
    cpuShare?: number | undefined
    /** Of the time of all queries. */
    queryShare?: number | undefined
  }
}

const minKeyBytes = 16
const makeSecret = `make one with: node -p "'whsec_' + crypto.randomBytes(32).toString('base64')"`

// The path of a webhook's URL is often a secret, so messages show no part of the value.
const url: Check = (value, path, problems) => {
  const got = urlProblem(value)
  if (got !== undefined) problems.push(`${path}: expected a URL with http: or https:, got ${got}`)
}

function urlProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return typeName(value)
  if (!URL.canParse(value)) return 'a string that is not a URL; begin it with https://'
  const { protocol } = new URL(value)
  return protocol === 'https:' || protocol === 'http:' ? undefined : `a URL with ${protocol}; begin it with https://`
}

const secret: Check = (value, path, problems) => {
  const got = secretProblem(value)
  if (got === undefined) return
  problems.push(`${path}: expected whsec_ and the base64 of at least ${minKeyBytes} bytes, got ${got}; ${makeSecret}`)
}

function secretProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return typeName(value)
  if (!value.startsWith('whsec_')) return 'a string that does not begin with whsec_'
  const key = value.slice('whsec_'.length)
  const bytes = Buffer.from(key, 'base64')
  // Buffer.from skips characters that are not base64. The package that signs does not.
  if (bytes.toString('base64') !== key) return 'a string that is not base64 after whsec_'
  return bytes.length < minKeyBytes ? `${bytes.length} bytes` : undefined
}

/** Checks the option `alerts`. */
export const alertsOptions: Check = object({
  url,
  secret,
  on: optional(
    all(
      list(oneOf(alertKinds), (value) =>
        alertKinds.some((kind) => kind === value) ? `write ['${value}']` : undefined,
      ),
      check((value) => !Array.isArray(value) || value.length > 0, 'at least one kind', 'leave it out for all kinds'),
    ),
  ),
  everyMs: optional(wholeNumber(1, 'milliseconds')),
})

const share: Check = optional((value, path, problems) => {
  if (typeof value === 'number' && value >= 0 && value <= 1) return
  const isPercent = typeof value === 'number' && value > 1 && value <= 100
  problems.push(problemOf(value, path, 'a share from 0 to 1', isPercent ? `write ${Number(value) / 100}` : undefined))
})

const someShare = check(
  (value) => {
    const { cpuShare, queryShare } = Object(value) as BudgetOptions['account']
    return typeof value !== 'object' || cpuShare !== undefined || queryShare !== undefined
  },
  'cpuShare, queryShare or both',
  'write account: { cpuShare: 0.5 }',
)

/** Checks the option `budget`. */
export const budgetOptions: Check = object({ account: all(object({ cpuShare: share, queryShare: share }), someShare) })
