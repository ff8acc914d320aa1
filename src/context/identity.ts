import { isPromise } from '../process/promises.js'
import { nearestName } from '../safe-values/nearest-name.js'
import { classMember, own } from '../safe-values/own-member.js'
import type { RequestContext, WorkContext } from './request-context.js'
import { accountKnown } from './storage.js'

/** The id of an account or user: a string of 1 to 200 characters, or an integer, which becomes a string. */
export type IdentityId = string | number | bigint

/** The account, user and roles that a request works for, as the service's account resolver returns them. */
export interface Identity {
  /** Leave it out for a user without an account. */
  account?: IdentityId | undefined
  user?: IdentityId | undefined
  /** The roles of the user. Default: an empty list. */
  roles?: readonly string[] | undefined
}

/** Thrown when an identity is invalid or not allowed. `code` names the reason, and the message says how to fix it. */
export class IdentityError extends Error {
  readonly code:
    | 'ERR_SPOOR_IDENTITY'
    | 'ERR_SPOOR_ACCOUNT_SWITCH'
    | 'ERR_SPOOR_NO_CONTEXT'
    | 'ERR_SPOOR_RESOLVER_TIMEOUT'
  constructor(code: IdentityError['code'], message: string) {
    super(message)
    this.name = 'IdentityError'
    this.code = code
  }
}

const longest = 200
const resolverName = 'account resolver'

/**
 * Sets the identity of `context`, and calls the gate of its request. The resolvers of all adapters and `spoor.identify`
 * of all instances use this function. A second call with the same account adds user and roles. A second call with
 * another account throws unless `switch` is true.
 *
 * @param who the function that gave the identity, for messages
 * @throws IdentityError if the identity is invalid, or would change the account without `switch`
 */
export function applyIdentity(
  context: WorkContext,
  identity: Identity,
  options?: { switch?: boolean },
  who: string = resolverName,
): void {
  const { account, user, roles } = checkedIdentity(identity, who)
  const mayKeep = context.account === undefined || account === undefined || account === context.account
  if (!mayKeep && own(options ?? {}, 'switch') !== true) {
    throw new IdentityError(
      'ERR_SPOOR_ACCOUNT_SWITCH',
      'identify: this request already works for another account; pass { switch: true } as the second argument if that is meant',
    )
  }
  const open = context as { -readonly [K in keyof RequestContext]: RequestContext[K] }
  if (account !== undefined && account !== context.account) {
    // A user and roles of one account mean nothing in another account.
    if (context.account !== undefined) {
      Object.assign(open, { user: undefined, roles: [] })
      context.work.accountSwitched = true
    }
    open.account = account
    accountKnown(context)
  }
  if (user !== undefined) open.user = user
  if (roles !== undefined) open.roles = roles
  context.work.gate?.identified(context)
}

/** A checked identity. */
export interface CheckedIdentity {
  readonly account: string | undefined
  readonly user: string | undefined
  readonly roles: readonly string[] | undefined
}

const members: readonly (keyof Identity)[] = ['account', 'user', 'roles']

/**
 * Checks an identity and returns a copy. Reads each member once, and own members only. Ids become strings.
 *
 * @param who the function that gave the identity, for messages
 * @param known the names of the members that the identity may have
 * @throws IdentityError if the identity is invalid
 */
export function checkedIdentity(identity: Identity, who: string, known: readonly string[] = members): CheckedIdentity {
  const refuse: Refuse = (problem) => {
    throw new IdentityError('ERR_SPOOR_IDENTITY', `${who}: ${problem}`)
  }
  if (typeof identity !== 'object' || identity === null || Array.isArray(identity)) {
    const orNothing = who === resolverName ? ' or undefined' : ''
    return refuse(`expected { ${known.join('?, ')}? }${orNothing}, got ${kindOf(identity)}`)
  }
  checkNames(identity, known, refuse)
  return {
    account: idOf('account', own(identity, 'account'), refuse),
    user: idOf('user', own(identity, 'user'), refuse),
    roles: rolesOf(own(identity, 'roles'), refuse),
  }
}

type Refuse = (problem: string) => never

// A misspelt member would make the caller anonymous without notice, and so would an object without these members, such
// as a promise or a Map.
function checkNames(identity: object, known: readonly string[], refuse: Refuse): void {
  for (const name of Object.getOwnPropertyNames(identity)) {
    if (known.includes(name)) continue
    const meant = nearestName(name.replace(/[_-]/g, ''), known)
    const fix = meant === undefined ? 'leave it out' : `did you mean ${meant}?`
    const expected = `${known.slice(0, -1).join(', ')} and ${known.at(-1)}`
    refuse(`${JSON.stringify(name.slice(0, 60))}: expected only ${expected}, got another member; ${fix}`)
  }
  for (const name of members) {
    if (!(name in identity) || Object.hasOwn(identity, name) || classMember(identity, name) === undefined) continue
    refuse(`${name}: expected an own member, got an inherited one; return a plain { account, user, roles }`)
  }
  if (known.some((name) => Object.hasOwn(identity, name)) || isEmpty(identity)) return
  const fix = isPromise(identity) ? 'await it' : 'return a plain { account, user, roles }'
  refuse(`expected { ${known.join('?, ')}? }, got ${kindOf(identity)} without these members; ${fix}`)
}

/** True for `{}`: an object without members, whose class has no members either. */
function isEmpty(identity: object): boolean {
  const parent: unknown = Object.getPrototypeOf(identity)
  return Reflect.ownKeys(identity).length === 0 && (parent === null || Object.getPrototypeOf(parent) === null)
}

function idOf(name: string, value: unknown, refuse: Refuse): string | undefined {
  if (value === undefined) return undefined
  // Beyond 2^53, two different integers can become the same number, and so two accounts would become one.
  const id = Number.isSafeInteger(value) || typeof value === 'bigint' ? String(value) : value
  if (typeof id === 'string' && id !== '' && id.length <= longest) return id
  return refuse(`${name}: expected a string of 1 to ${longest} characters or an integer, got ${kindOf(value)}`)
}

function rolesOf(value: unknown, refuse: Refuse): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return refuse(`roles: expected an array of strings, got ${kindOf(value)}`)
  const roles: unknown[] = [...value]
  const odd = roles.find((role) => typeof role !== 'string')
  if (odd !== undefined || roles.includes(undefined)) {
    refuse(`roles: expected an array of strings, got one with ${kindOf(odd)}`)
  }
  return roles as string[]
}

// Messages contain the type, never the value: a resolver may return a token by mistake.
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (value === '') return 'an empty string'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Number.isFinite(value) && !Number.isInteger(value)) return 'a number with a fraction'
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'a number beyond 2^53'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (isPromise(value)) return 'a promise'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
