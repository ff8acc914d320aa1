import type { Resolver } from '../context/resolver.js'
import type { Exchange } from '../http/exchange.js'
import type { RequestInfo } from '../http/request-info.js'
import type { RequestAdapter } from '../lifecycle/adapter.js'
import type { Reading } from '../reading/reading.js'
import { type Authorize, accessOf, isSignedIn } from './access.js'
import { ConcurrencyLimit } from './concurrency-limit.js'
import { hostCheck, loopbackNames } from './hosts.js'
import { corsOf, siteCheck } from './origins.js'
import { Refusal } from './refusal.js'
import { allow, finished, type InspectorAnswer, json, options } from './respond.js'
import { read, type Target, targetOf } from './routes.js'

/** Answers requests below the inspector's mount. It only reads. */
export interface Inspector {
  /**
   * Answers a request. The request then belongs to Spoor: it is not measured and leaves no record and no line. Never
   * rejects.
   *
   * @param target the part of the URL behind the mount, with its query
   * @param resolve identifies the reader, if the context does not know them yet
   */
  handle(exchange: Exchange, target: string, resolve: Resolver): Promise<InspectorAnswer>
}

/** The parts of an inspector. */
export interface InspectorParts {
  readonly authorize: Authorize
  /** Default: the loopback names. */
  readonly hosts?: readonly string[] | undefined
  /** Default: none. */
  readonly origins?: readonly string[] | undefined
  readonly reading: Reading
  readonly adapter: RequestAdapter
  /** How long a reading may take; default 10,000. */
  readonly withinMs?: number | undefined
}

const otherHost =
  'inspector: a request came by a host name that is not listed and was answered 421; ' +
  'if it is a name of this service, list it, without its port: inspector: { hosts: ["localhost", …] }'

/** Opens the inspector of a service. */
export function openInspector(parts: InspectorParts): Inspector {
  const { authorize, reading, adapter } = parts
  const isOurHost = hostCheck(parts.hosts ?? loopbackNames)
  const siteOf = siteCheck(parts.origins ?? [])
  const limit = new ConcurrencyLimit(parts.withinMs)
  const say = adapter.warnOnce

  // Host and origin are checked before the resolver is asked or anything is read.
  const admitted = (request: RequestInfo): Record<string, string> => {
    if (!isOurHost(request)) {
      say('inspector host', otherHost)
      throw new Refusal(421, 'misdirected_request', { detail: 'this host name is not listed in inspector.hosts' })
    }
    const site = siteOf(request)
    if (site.kind === 'foreign')
      throw new Refusal(403, 'foreign_origin', { detail: 'the request comes from a page of another site' })
    return site.kind === 'listed' ? corsOf(site.origin, request.method) : {}
  }

  const answered = async (exchange: Exchange, target: Target, resolve: Resolver): Promise<InspectorAnswer> => {
    const { request, context } = exchange
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new Refusal(405, 'method_not_allowed', { headers: { allow } })
    }
    // Identifying twice would fail if the identity was switched in between.
    if (!isSignedIn(context)) await adapter.identify(exchange, resolve)
    const access = accessOf(authorize, context, request, say)
    return json(await limit.run(access, () => read(reading, access, target)))
  }

  return {
    handle: async (exchange, target, resolve) => {
      exchange.takeOut()
      let cors: Record<string, string> = {}
      try {
        cors = admitted(exchange.request)
        if (exchange.request.method === 'OPTIONS') return finished(options, cors)
        return finished(await answered(exchange, targetOf(target), resolve), cors)
      } catch (error) {
        const refused = error instanceof Refusal
        return finished(refused ? adapter.refuse(exchange, error.failure) : adapter.fail(exchange, error), cors)
      }
    },
  }
}
