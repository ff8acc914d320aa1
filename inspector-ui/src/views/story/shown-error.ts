import { isObject, valueText } from '../../format/texts.js'

/** One error of a chain of causes. */
export interface ShownError {
  readonly type: string
  readonly message: string
  readonly code: string | undefined
  /** Without its first line, which repeats the message. */
  readonly stack: readonly string[] | undefined
  /** Its other members. */
  readonly more: readonly (readonly [name: string, value: unknown])[]
  readonly isWithheld: boolean
}

const maxCauses = 8
const told = new Set(['type', 'name', 'message', 'code', 'stack', 'cause', 'errors', 'withheld'])

/** An error of a record with its causes, the outermost first. What was thrown may be no error. */
export function shownErrors(error: unknown): readonly ShownError[] {
  const chain: ShownError[] = []
  const seen = new Set<unknown>()
  const queue: unknown[] = [error]
  while (queue.length > 0 && chain.length < maxCauses) {
    const next = queue.shift()
    if (next === undefined || next === null || seen.has(next)) continue
    seen.add(next)
    chain.push(shownError(next))
    if (!isObject(next)) continue
    queue.push(next['cause'])
    if (Array.isArray(next['errors'])) queue.push(...next['errors'].slice(0, maxCauses))
  }
  return chain
}

function shownError(error: unknown): ShownError {
  if (!isObject(error))
    return { type: 'Thrown', message: valueText(error), code: undefined, stack: undefined, more: [], isWithheld: false }
  const { code, message, stack } = error
  const type = error['type'] ?? error['name']
  return {
    type: typeof type === 'string' ? type : 'Error',
    message: typeof message === 'string' ? message : '',
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
    stack: typeof stack === 'string' ? framesOf(stack) : undefined,
    more: Object.entries(error).filter(([name]) => !told.has(name)),
    isWithheld: error['withheld'] === true,
  }
}

function framesOf(stack: string): readonly string[] | undefined {
  const lines = stack.split('\n')
  const first = lines.findIndex((line) => /^\s+at /.test(line))
  const frames = first < 0 ? lines.slice(1) : lines.slice(first)
  return frames.length === 0 ? undefined : frames
}

/** An error as text, for an issue. */
export function copyableError(error: unknown): string {
  return shownErrors(error)
    .map(({ type, message, code, stack = [] }, at) => {
      const head = `${at > 0 ? 'caused by ' : ''}${type}${code === undefined ? '' : ` (${code})`}: ${message}`
      return [head, ...stack].join('\n')
    })
    .join('\n')
}
