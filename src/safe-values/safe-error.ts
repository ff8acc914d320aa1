import type { Copy, SafeValue } from './safe-value.js'

const said = new Set(['name', 'message', 'stack', 'cause', 'errors', 'code'])
// body-parser and HTTP clients hang whole bodies on their errors: what a caller sent is not ours to keep.
const bodies = new Set(['body', 'rawBody'])
const deepestCause = 8

/**
 * An error in full, as it stands in a line: `type`, `message`, `code?`, `stack`, `cause?`, `errors?` (of an
 * AggregateError) and its own members, all of them bounded.
 */
export function safeError(error: Error, copy: Copy, depth: number): SafeValue {
  const out: Record<string, SafeValue> = { type: typeOf(error), message: copy.text(String(error.message)) }
  const code: unknown = (error as { code?: unknown }).code
  if (typeof code === 'string' || typeof code === 'number') out['code'] = code
  if (typeof error.stack === 'string') out['stack'] = copy.text(error.stack)
  const own = copy.members(error, depth)
  if (typeof own === 'string') return { ...out, cut: own }
  for (const [key, value] of Object.entries(own as object)) {
    if (said.has(key)) continue
    if (bodies.has(key)) out[key] = '[left out]'
    else out[Object.hasOwn(out, key) ? `${key}_` : key] = value as SafeValue
  }
  if (error.cause !== undefined) {
    out['cause'] = depth < deepestCause ? (copy.value(error.cause, depth + 1) ?? null) : '[nested too deep]'
  }
  if (error instanceof AggregateError) out['errors'] = copy.value(error.errors, depth + 1) ?? null
  return out
}

function typeOf(error: Error): string {
  const name = error.constructor?.name
  return name && name !== 'Error' ? name : String(error.name || 'Error')
}
