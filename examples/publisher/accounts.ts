import { createHash, timingSafeEqual } from 'node:crypto'

/** The user of each bearer token. The operator of the service has no account. */
export interface Identity {
  account?: string
  user: string
  roles: string[]
}

/** The accounts that publish; each has its own WordPress site. */
export const ACCOUNTS = ['acme', 'globex'] as const

/** What each account pays for. */
export const PLANS: Readonly<Record<string, string>> = { acme: 'pro', globex: 'starter' }

// A real service keeps hashes of random tokens in a database. These tokens are for trying the example.
const IDENTITIES: Identity[] = [
  { account: 'acme', user: 'acme-admin', roles: ['admin'] },
  { account: 'acme', user: 'acme-user', roles: [] },
  { account: 'globex', user: 'globex-developer', roles: ['developer'] },
  { account: 'globex', user: 'globex-user', roles: [] },
  { user: 'operator', roles: ['operator'] },
]

const KNOWN_TOKENS = IDENTITIES.map((identity) => ({ identity, hash: hashOf(identity.user) }))

/**
 * Returns the identity of an `Authorization` header, or undefined for a missing or unknown token.
 *
 * It compares all hashes, each in constant time, so that the duration reveals nothing about a token.
 */
export function identityOf(authorization: string | undefined): Identity | undefined {
  const token = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const hash = hashOf(token)
  const matching = KNOWN_TOKENS.filter((known) => timingSafeEqual(known.hash, hash))
  return matching[0]?.identity
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
