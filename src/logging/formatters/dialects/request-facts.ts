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

/** The fields of a plain request (records/plain-request.ts), in their order. None of the values has an escape. */
const plain =
  /^("kind":"request","id":"[^"]*"(?:,"client[A-Za-z]+":"[^"]*")*)(?:,"user":("[^"]*"))?,"method":("[^"]*")(,"route":"[^"]*")?,"path":("[^"]*"),"status":(\d+)(?:,"remoteAddress":("[^"]*"))?(?:,"userAgent":("[^"]*"))?,"service":("[^"]*")(?:,"version":("[^"]*"))?,"pid":(\d+),("startedAt":"[^"]*"),"durationMs":([\d.e+]+)(?:,"io":\{"client":\{"readBytes":(\d+),"writtenBytes":(\d+)\}\})?$/

/** A plain request's line. */
export interface PlainLine {
  readonly facts: RequestFacts
  /** The text of its fields without those that are moved. */
  readonly rest: string
}

/** Takes the fields of a plain request apart. @returns undefined for fields in another order */
export function plainLine(encodedFields: string, moved: ReadonlySet<string>): PlainLine | undefined {
  const found = plain.exec(encodedFields)
  if (found === null) return undefined
  const facts: RequestFacts = {
    method: found[3],
    path: found[5],
    status: found[6],
    user: found[2],
    remoteAddress: found[7],
    userAgent: found[8],
    service: found[9],
    version: found[10],
    pid: found[11],
    durationMs: found[13],
    readBytes: found[14],
    writtenBytes: found[15],
  }
  if (moved.size === 0) return { facts, rest: encodedFields }
  const kept = (name: FieldName): string =>
    facts[name] === undefined || moved.has(name) ? '' : `,"${name}":${facts[name]}`
  const rest =
    `${found[1]}${kept('user')}${kept('method')}${found[4] ?? ''}${kept('path')}${kept('status')}${kept('remoteAddress')}` +
    `${kept('userAgent')}${kept('service')}${kept('version')}${kept('pid')},${found[12]},"durationMs":${facts.durationMs}` +
    (found[14] === undefined ? '' : `,"io":{"client":{"readBytes":${found[14]},"writtenBytes":${found[15]}}}`)
  return { facts, rest }
}

/** A duration in nanoseconds, as JSON text. */
export function nanoseconds(durationMs: string): string {
  return JSON.stringify(Math.round(Number(durationMs) * 1e6))
}
