import { classMember } from '../safe-values/own-member.js'

/** The members of an error that matter for its answer. Each is read once. */
export interface ThrownMembers {
  readonly status: unknown
  readonly code: unknown
  readonly type: unknown
  readonly message: unknown
  readonly headers: unknown
  /** True if the error itself says that a client may read its message and headers. */
  readonly exposed: boolean
  /** True if the error is about the answer of another service, or about a call without an answer. */
  readonly isUpstream: boolean
}

const nothing: ThrownMembers = {
  status: undefined,
  code: undefined,
  type: undefined,
  message: undefined,
  headers: undefined,
  exposed: false,
  isUpstream: false,
}

// The members of the errors of HTTP clients: axios, got, ky, ofetch, superagent, octokit, gaxios (the first three), the
// AWS SDK, Stripe and others.
const ofClients = ['response', 'request', 'config', '$metadata', '$response', 'raw', 'rawResponse']

/** Reads a thrown value. A member that throws when it is read counts as absent. */
export function membersOf(error: unknown): ThrownMembers {
  if (typeof error !== 'object' || error === null) return nothing
  try {
    const member = (name: string): unknown => classMember(error, name)
    if (typeof member('getStatus') === 'function' && typeof member('getResponse') === 'function') {
      return membersOfNest(member)
    }
    const expose = member('expose')
    const headers = member('headers')
    return {
      status: statusOf(member('status')) ?? statusOf(member('statusCode')),
      code: member('code'),
      type: member('type'),
      message: member('message'),
      headers,
      exposed: expose === true,
      isUpstream: ofClients.some((name) => isThere(member(name))) || (isThere(headers) && typeof expose !== 'boolean'),
    }
  } catch {
    return nothing
  }
}

// An HttpException of NestJS. Its `response` is the body that Nest would send, and not the answer of another service.
function membersOfNest(member: (name: string) => unknown): ThrownMembers {
  const response = member('response')
  const body = typeof response === 'object' && response !== null ? response : {}
  const said = (name: string): unknown => (typeof response === 'string' ? undefined : classMember(body, name))
  return {
    ...nothing,
    status: statusOf(member('status')),
    code: said('code') ?? said('errorCode') ?? member('errorCode'),
    message: typeof response === 'string' ? response : sentence(said('message')),
    exposed: true,
  }
}

// A ValidationPipe says all its complaints in one list.
function sentence(message: unknown): unknown {
  return Array.isArray(message) ? message.filter((one) => typeof one === 'string').join('; ') : message
}

/** `value` if it is the status of a failure (400 to 599); otherwise undefined. */
export function statusOf(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599 ? (value as number) : undefined
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}
