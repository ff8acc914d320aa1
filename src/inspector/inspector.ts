import { createContext } from '../context/request-context.js'
import { type Resolver, resolveIdentity } from '../context/resolver.js'
import type { Exchange } from '../http/exchange.js'
import type { RequestInfo } from '../http/request-info.js'
import type { RequestAdapter } from '../lifecycle/adapter.js'
import type { LineReading } from '../reading/lines/line-reading.js'
import type { Reading } from '../reading/reading.js'
import type { ShownLine } from '../reading/story/story.js'
import type { ReadAccess } from '../records/read-access.js'
import { ReaderPlaces } from '../records/reader-places.js'
import { type Authorize, accessOf, isSignedIn } from './access.js'
import { busy, ConcurrencyLimit } from './concurrency-limit.js'
import { hostCheck, loopbackNames } from './hosts.js'
import { liveFilterOf } from './line-query.js'
import { readLines } from './line-routes.js'
import { LiveStreams } from './live-route.js'
import { corsOf, siteCheck } from './origins.js'
import { isPagePath, pageAnswer } from './page.js'
import { notThere, Refusal } from './refusal.js'
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
  /** Ends the open event streams. */
  close(): void
}

/** The parts of an inspector. */
export interface InspectorParts {
  readonly authorize: Authorize
  /** Default: the loopback names. */
  readonly hosts?: readonly string[] | undefined
  /** Default: none. */
  readonly origins?: readonly string[] | undefined
  readonly reading: Reading
  /** Absent: there are no log files to read. */
  readonly lines?: LineReading | undefined
  readonly adapter: RequestAdapter
  /** How long a reading may take; default 10,000. */
  readonly withinMs?: number | undefined
}

const maxViewers = 32
const renewWithinMs = 5_000

function notAllowed(): Refusal {
  return new Refusal(405, 'method_not_allowed', { headers: { allow } })
}

const otherHost =
  'inspector: a request came by a host name that is not listed and was answered 421; ' +
  'if it is a name of this service, list it, without its port: inspector: { hosts: ["localhost", …] }'

/** Opens the inspector of a service. */
export function openInspector(parts: InspectorParts): Inspector {
  const { authorize, reading, lines, adapter } = parts
  const isOurHost = hostCheck(parts.hosts ?? loopbackNames)
  const siteOf = siteCheck(parts.origins ?? [])
  const limit = new ConcurrencyLimit(parts.withinMs)
  const say = adapter.warnOnce
  const streams = new LiveStreams()
  const viewers = new ReaderPlaces(maxViewers)

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

  /**
   * The page has no data: it is for strangers too, and for readers who follow a link from another site. Under a name that is
   * not listed it is the page that says what to do.
   */
  const page = async (request: RequestInfo, path: string): Promise<InspectorAnswer> => {
    if (request.method === 'OPTIONS') return options
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed()
    const answer = await pageAnswer(path, request)
    if (answer === undefined) throw notThere()
    return answer
  }

  const answered = async (exchange: Exchange, target: Target, resolve: Resolver): Promise<InspectorAnswer> => {
    const { request, context } = exchange
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed()
    // Identifying twice would fail if the identity was switched in between.
    if (!isSignedIn(context)) await adapter.identify(exchange, resolve)
    const access = accessOf(authorize, context, request, say)
    if (lines !== undefined && target.path === '/api/live')
      return live(lines, access, target, request, () => renewed(access, request, resolve))
    return limit.run(access, async () => {
      const answer = lines && (await readLines({ reading, lines }, access, target))
      const { account, user, roles } = context
      return answer ?? json(await read(reading, access, target, { account, user, roles: [...roles] }))
    })
  }

  const live = (
    lines: LineReading,
    access: ReadAccess,
    { query }: Target,
    request: RequestInfo,
    renew: () => Promise<boolean>,
  ): InspectorAnswer => {
    // An empty stream would look like a service without lines.
    if (access.isEmpty)
      throw new Refusal(403, 'forbidden', { detail: 'this reader has no account, so it may read no line' })
    const { filter, items } = liveFilterOf(query)
    const itemOf = items ? (line: ShownLine) => reading.item(access, line) : undefined
    const ended = viewers.take(access)
    if (ended === undefined) throw busy('too many viewers of live lines')
    return streams.answer({ lines, access, filter, itemOf, after: request.header('last-event-id'), renew, ended })
  }

  /** Asks the resolver and `authorize` again: the reader may have lost the right while the stream was open. */
  const renewed = async (access: ReadAccess, request: RequestInfo, resolve: Resolver): Promise<boolean> => {
    const context = createContext('request', {})
    await resolveIdentity(context, resolve, renewWithinMs)
    const now = accessOf(authorize, context, request, say)
    return now.account === access.account && now.isEmpty === access.isEmpty && now.internals === access.internals
  }

  return {
    handle: async (exchange, target, resolve) => {
      exchange.takeOut()
      let cors: Record<string, string> = {}
      try {
        const asked = targetOf(target)
        if (isPagePath(asked.path)) return finished(await page(exchange.request, asked.path), {})
        cors = admitted(exchange.request)
        if (exchange.request.method === 'OPTIONS') return finished(options, cors)
        return finished(await answered(exchange, asked, resolve), cors)
      } catch (error) {
        const refused = error instanceof Refusal
        return finished(refused ? adapter.refuse(exchange, error.failure) : adapter.fail(exchange, error), cors)
      }
    },
    close: () => {
      streams.close()
      lines?.close()
    },
  }
}
