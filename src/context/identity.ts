import type { RequestContext, WorkContext } from './request-context.js'

/** For whom a request works, as the service's account resolver says it. */
export interface Identity {
  /** At most 200 characters. Leave it out for somebody who belongs to no account. */
  account?: string | undefined
  user?: string | undefined
  /** Default: none. */
  roles?: readonly string[] | undefined
}

/** Raised when an identity cannot be taken: `code` says why, the message says the mend. */
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

/**
 * Says for whom `context` works, and tells its gate. The one door: the adapters' resolvers and `spoor.identify` of every
 * instance come here. Said again with the same account it adds user and roles; another account is refused
 * unless `switch` is true.
 *
 * @throws IdentityError if the identity is no identity, or would switch the account silently.
 */
export function applyIdentity(context: WorkContext, identity: Identity, options: { switch?: boolean } = {}): void {
  const { account, user, roles } = checkedIdentity(identity, 'account resolver')
  if (context.account !== undefined && account !== undefined && account !== context.account && !options.switch) {
    throw new IdentityError(
      'ERR_SPOOR_ACCOUNT_SWITCH',
      'identify: this request already works for another account; pass { switch: true } as the second argument if that is meant',
    )
  }
  const open = context as { -readonly [K in keyof RequestContext]: RequestContext[K] }
  if (account !== undefined && account !== context.account) {
    // Who somebody is in one account says nothing about another.
    if (context.account !== undefined) {
      Object.assign(open, { user: undefined, roles: [] })
      context.work.accountSwitched = true
    }
    open.account = account
  }
  if (user !== undefined) open.user = user
  if (roles !== undefined) open.roles = roles
  context.work.gate?.identified(context)
}

/**
 * An identity as it was when it was looked at: each member read once.
 *
 * @param who says it
 * @throws IdentityError if it is none
 */
export function checkedIdentity(identity: Identity, who: string): Identity {
  const refuse = (problem: string): never => {
    throw new IdentityError('ERR_SPOOR_IDENTITY', `${who}: ${problem}`)
  }
  if (typeof identity !== 'object' || identity === null || Array.isArray(identity)) {
    refuse(`expected { account?, user?, roles? } or undefined, got ${kindOf(identity)}`)
  }
  const { account, user, roles } = identity
  for (const [key, value] of Object.entries({ account, user }) as [string, unknown][]) {
    if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= longest)) continue
    refuse(`${key}: expected a string of 1 to ${longest} characters, got ${kindOf(value)}`)
  }
  if (roles === undefined) return { account, user }
  if (!Array.isArray(roles)) return refuse(`roles: expected an array of strings, got ${kindOf(roles)}`)
  const list = [...roles]
  if (!list.every((role) => typeof role === 'string')) refuse('roles: expected an array of strings')
  return { account, user, roles: list }
}

// The kind only, never the value: what a resolver returns by mistake may well be a token.
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value === '') return 'an empty string'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
