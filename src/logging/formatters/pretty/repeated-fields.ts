import type { SafeValue } from '../../../safe-values/safe-value.js'

type Fields = Readonly<Record<string, SafeValue>>

export const nothingRepeated: ReadonlySet<string> = new Set()
const ofCall = new Set(['method', 'host', 'route', 'status', 'durationMs'])
/** The fields of a failure that its message says. */
export const ofFailure: ReadonlySet<string> = new Set(['code', 'status'])

/** The fields whose values the message says already, on Spoor's own lines about calls, failures and outputs. */
export function repeatedIn(message: string, fields: Fields): ReadonlySet<string> {
  const { method, host, route, status, code } = fields
  if (code !== undefined && message.endsWith(` failed: ${status} ${code}`)) return ofFailure
  if (isOfOutput(message, fields)) return ofOutput
  if (host === undefined || method === undefined || route === undefined) return nothingRepeated
  return message.startsWith(`${method} ${host}${route} ${status ?? 'failed'} `) ? ofCall : nothingRepeated
}

const ofOutput = new Set(['outputs', 'output', 'recovered', 'lost'])

/** True for an entry about one output that fails, or that works again (handlers/failure-warnings.ts). */
function isOfOutput(message: string, { outputs, output }: Fields): boolean {
  if (typeof output === 'string') return message.startsWith(`${output} is writable again: `)
  if (!Array.isArray(outputs) || outputs.length !== 1) return false
  const [only] = outputs
  const isOne = typeof only === 'object' && only !== null && !Array.isArray(only)
  return isOne && message.startsWith(`${only.output} cannot be written: `)
}
