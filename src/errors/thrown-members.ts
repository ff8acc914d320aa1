import { classMember } from '../safe-values/own-member.js'

/** What an error says about its answer, each member read once. */
export interface ThrownMembers {
  readonly status: unknown
  readonly code: unknown
  readonly type: unknown
  readonly message: unknown
  readonly headers: unknown
  /** It says itself that a client may read its message and headers. */
  readonly exposed: boolean
  /** It is about another service's answer, or about a call that got none. */
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

// What HTTP clients put on their errors: axios, got, ky, ofetch, superagent, octokit, gaxios (the first three), the AWS
// SDK, Stripe and the like.
const ofClients = ['response', 'request', 'config', '$metadata', '$response', 'raw', 'rawResponse']

/** Reads a thrown value. What throws when it is read says nothing. */
export function membersOf(error: unknown): ThrownMembers {
  if (typeof error !== 'object' || error === null) return nothing
  try {
    const member = (name: string): unknown => classMember(error, name)
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

/** `value`, if it is the status of a failure: 400 to 599. */
export function statusOf(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599 ? (value as number) : undefined
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}
