/** Which lines are shown, as the URL says it. */
export interface LineFilters {
  /** Empty: all loggers. */
  readonly loggers: readonly string[]
  /** This level and above; undefined: every level. Another word in the URL counts as none. */
  readonly level: string | undefined
  readonly account: string | undefined
  /** The id of a request or job. */
  readonly request: string | undefined
  /** Words in the message. */
  readonly words: string | undefined
  /** A process: lines that name theirs, such as those of requests. */
  readonly process: string | undefined
  /** Fields by name. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
const maxFields = 8
const maxTextLength = 200

/** Reads the filters of a URL: `logger=a,b&level=warn&account=acme&request=ID&q=words&field.plan=pro`. */
export function filtersOf(query: URLSearchParams): LineFilters {
  const text = (name: string): string | undefined => query.get(name)?.slice(0, maxTextLength) || undefined
  return {
    loggers: loggersIn(query.get('logger') ?? ''),
    level: levels.find((level) => level === query.get('level')),
    account: text('account'),
    request: text('request'),
    words: text('q'),
    process: text('process'),
    fields: [...query].flatMap(([name, value]) =>
      name.startsWith('field.') && name.length > 6 ? [[name.slice(6), value] as const] : [],
    ),
  }
}

/** The loggers in the URL's parameter: names between commas; a comma of a name is escaped. */
function loggersIn(text: string): string[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map(unescaped)
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Loggers as the URL's parameter; undefined for all. */
export function loggerParameter(loggers: readonly string[]): string | undefined {
  const text = loggers.map((name) => name.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',')
  return text === '' ? undefined : text
}

/** The filters as parameters of `api/logs` and `api/live`. */
export function parametersOf(filters: LineFilters): URLSearchParams {
  const query = new URLSearchParams()
  for (const logger of filters.loggers) query.append('logger', logger)
  if (filters.level !== undefined) query.set('level', filters.level)
  if (filters.account !== undefined) query.set('account', filters.account)
  if (filters.request !== undefined) query.set('requestId', filters.request)
  if (filters.words !== undefined) query.set('text', filters.words)
  if (filters.process !== undefined) query.set('process', filters.process)
  for (const [name, value] of filters.fields.slice(0, maxFields)) query.set(`field.${name}`, value)
  return query
}

/** Whether every line is shown. */
export function isOpen(filters: LineFilters): boolean {
  return parametersOf(filters).size === 0
}

/** A logger added to the chosen ones, or taken away. */
export function toggled(loggers: readonly string[], name: string): string[] {
  return loggers.includes(name) ? loggers.filter((one) => one !== name) : [...loggers, name]
}

/** The time that the URL names: ms since the epoch, or ISO 8601. Undefined for anything else. */
export function momentIn(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  const at = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : undefined
}
