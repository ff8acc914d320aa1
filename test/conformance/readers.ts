import type { IncomingMessage } from 'node:http'
import type { Identity, InspectorOptions } from 'spoor'
import type { Answer, Ask } from './client.js'
import type { Service, Wanted } from './service.js'

/** Readers of the inspector. Each sends a name in `X-Who`, which stands for a cookie or a token. */
export const people: Readonly<Record<string, Identity>> = {
  admin: { account: 'acme', user: 'ann', roles: ['admin'] },
  developer: { account: 'globex', user: 'gus', roles: ['developer'] },
  user: { account: 'acme', user: 'uma', roles: [] },
  operator: { user: 'olga', roles: ['operator'] },
  /** May read its account, but has no account. */
  stray: { user: 'sid', roles: ['admin'] },
}

export const authorize: InspectorOptions['authorize'] = ({ roles }) => {
  if (roles.includes('operator')) return 'all'
  return roles.includes('admin') || roles.includes('developer') ? 'account' : false
}

/** Where pages of another site that may read stand. */
export const listedOrigin = 'https://app.test'

/** A service with an inspector that is asked by the name the test's client says. */
export function inspected(inspector: 'before' | 'after', own: Partial<InspectorOptions> = {}): Wanted {
  return {
    inspector,
    account: (request: IncomingMessage) => people[String(request.headers['x-who'])],
    spoor: {
      tracking: { mode: 'all' },
      inspector: { authorize, hosts: ['service.test'], origins: [listedOrigin], ...own },
    },
  }
}

/** Asks the inspector as one of `people`, or without signing in. */
export function askAs(service: Service, who: string | undefined, path: string, ask: Ask = {}): Promise<Answer> {
  const named = who === undefined ? {} : { 'X-Who': who }
  return service.ask(`/_spoor${path}`, { ...ask, headers: { ...named, ...ask.headers } })
}

/** The request ids of a list's items. */
export function idsOf(answer: Answer): string[] {
  return (answer.json()['items'] as { requestId: string }[]).map((item) => item.requestId)
}

/** Everything of an answer but what differs between two answers to the same: its id and date. */
export function bytesOf(answer: Answer): unknown {
  const headers = answer.headers.filter(([name]) => !/^(?:date|x-request-id)$/i.test(name))
  return [answer.status, answer.reason, headers, answer.body.replaceAll(answer.id, 'ID')]
}
