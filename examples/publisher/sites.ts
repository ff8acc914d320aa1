import type { Request } from 'express'
import type { Spoor } from 'spoor'
import type { StoredPosts } from './database/post-store.js'
import { Refusal } from './refusal.js'
import type { WordPress } from './wordpress/client.js'

/** The WordPress site of one account, and the posts that were published there. */
export interface Site {
  account: string
  url: string
  kind: 'real' | 'sandbox'
  wordPress: WordPress
  /** The account's published posts, as this service stores them. */
  storedPosts: StoredPosts
  /** The secret that signs this site's webhooks. */
  webhookSecret: string
}

/** Returns the site of the current request's account. */
export type SiteOf = (request: Request) => Site

/**
 * Creates the function that every route uses to get a site. There is no other way, so no request reaches the
 * site of another account.
 */
export function siteOfCurrentAccount(spoor: Spoor, sites: Site[]): SiteOf {
  return (request) => {
    const { account, user } = spoor.context() ?? {}
    if (account === undefined && user !== undefined) {
      throw new Refusal(403, 'account_required', 'This user belongs to no account, so there is no site to work with.')
    }
    if (account === undefined) throw unauthorized(request)
    const site = sites.find((site) => site.account === account)
    if (site === undefined) throw new Refusal(403, 'no_site', 'This account has no WordPress site.')
    return site
  }
}

function unauthorized(request: Request): Refusal {
  const headers = { 'WWW-Authenticate': 'Bearer realm="publisher"' }
  return request.get('authorization') === undefined
    ? new Refusal(401, 'token_missing', 'Send a token: Authorization: Bearer …', headers)
    : new Refusal(401, 'token_unknown', 'The token is not known here.', headers)
}
