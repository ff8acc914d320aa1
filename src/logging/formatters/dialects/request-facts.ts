import type { SafeValue } from '../../../safe-values/safe-value.js'

/** The facts of a request line that log services have names for, each as JSON text. Absent if the line lacks it. */
export type RequestFacts = { readonly [Name in FactName]?: string | undefined }

/** The fields of a request line, and the kind of value that each must have. */
const kinds = {
  method: 'string',
  path: 'string',
  status: 'number',
  user: 'string',
  remoteAddress: 'string',
  userAgent: 'string',
  service: 'string',
  version: 'string',
  pid: 'number',
  durationMs: 'number',
} as const

type FieldName = keyof typeof kinds
type FactName = FieldName | 'readBytes' | 'writtenBytes'

/** True if a field of a request line has a value that a log service accepts under its name for the field. */
export function isFact(name: string, value: unknown): boolean {
  return Object.hasOwn(kinds, name) && typeof value === kinds[name as FieldName]
}

/** The facts in the fields of a request line. */
export function factsOf(fields: Readonly<Record<string, SafeValue>>): RequestFacts {
  const facts: Record<string, string> = {}
  for (const name in kinds) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (isFact(name, value)) facts[name] = JSON.stringify(value)
  }
  return { ...facts, ...bytesOf(Object.hasOwn(fields, 'io') ? fields['io'] : undefined) }
}

function bytesOf(io: SafeValue | undefined): Pick<RequestFacts, 'readBytes' | 'writtenBytes'> {
  const client = (io as { client?: { readBytes?: unknown; writtenBytes?: unknown } } | null | undefined)?.client
  const { readBytes, writtenBytes } = client ?? {}
  if (typeof readBytes !== 'number' || typeof writtenBytes !== 'number') return {}
  return { readBytes: String(readBytes), writtenBytes: String(writtenBytes) }
}

/** The fields of a plain request (records/plain-request.ts) in their order, as JSON text. */
export interface PlainLine {
  readonly facts: RequestFacts
  /** The members before `user`, `,"route":…` or '', and those from `startedAt` on. */
  readonly start: string
  readonly route: string
  readonly end: string
}

/** Returns the fields of a plain request one by one. */
export interface PlainParts {
  read(): PlainLine
}

/** The fields of a plain request without those that are moved. */
export function plainRest({ facts, start, route, end }: PlainLine, moved: ReadonlySet<string>): string {
  const { user, method, path, status, remoteAddress, userAgent, service, version, pid } = facts
  const kept = (name: FieldName, value: string | undefined): string =>
    value === undefined || moved.has(name) ? '' : `,"${name}":${value}`
  return (
    `${start}${kept('user', user)}${kept('method', method)}${route}${kept('path', path)}${kept('status', status)}` +
    `${kept('remoteAddress', remoteAddress)}${kept('userAgent', userAgent)}` +
    `${kept('service', service)}${kept('version', version)}${kept('pid', pid)},${end}`
  )
}

/** A duration in nanoseconds, as JSON text. */
export function nanoseconds(durationMs: string): string {
  return JSON.stringify(Math.round(Number(durationMs) * 1e6))
}
