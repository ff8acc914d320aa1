import type { Server } from 'node:http'
import type { OnEnd } from '../alerts/open-alerts.js'
import { runWith } from '../context/storage.js'
import { attach, checkServer, type Watcher } from '../http/attach.js'
import { releaseIdleConnections } from '../http/connection.js'
import { exchangeOf } from '../http/exchange-of.js'
import type { Logger } from '../logging/logger.js'
import type { WarnOnce } from '../logging/warn-once.js'
import type { LiveRequest } from '../reading/reading.js'
import type { Observers } from '../records/observers.js'
import type { RecentRequests } from '../records/recent-requests.js'
import type { RecordWriter } from '../records/record-writer.js'
import type { RequestEvents } from '../records/request-events.js'
import type { LineLevel } from '../records/request-line-options.js'
import { RequestLog } from '../records/request-log.js'
import type { Service } from '../records/request-record.js'
import type { OwnTotals } from '../records/totals/counting.js'
import { BrokenRequests } from './broken-requests.js'
import { Failures } from './failures.js'
import { type JobParts, Jobs } from './jobs.js'
import { type RequestParts, Requests } from './requests.js'
import { Trouble } from './trouble.js'

/** The parts of a lifecycle. */
export interface LifecycleParts extends RequestParts, JobParts {
  readonly service: Service
  /** The logger of request lines. */
  readonly requests: Logger
  /** Keeps the records of measured requests. */
  readonly records: RecordWriter | undefined
  readonly lineLevel: LineLevel
  /** Counts all requests and jobs. */
  readonly totals: OwnTotals
  /** Publishes the records of all requests. */
  readonly events: RequestEvents
  /** Keeps what is known of requests that are not measured; absent without an inspector. */
  readonly recent?: RecentRequests | undefined
  /** Called for each request and job that ended. */
  readonly onEnd?: OnEnd | undefined
  readonly observers?: Observers | undefined
  readonly warnOnce: WarnOnce['warn']
}

/** The requests and jobs of one instance. */
export interface Lifecycle {
  readonly requests: Requests
  readonly failures: Failures
  readonly jobs: Jobs
  readonly trouble: Trouble
  /**
   * Attaches a server: its requests get their ids below the framework. Attaching it twice does nothing more.
   *
   * @returns a function that detaches it
   */
  attach(server: Server): () => void
  /** The requests and jobs that are open now. */
  live(): Iterable<LiveRequest>
  /** Waits up to 5 s for open requests, writes their lines, and releases servers and connections. */
  close(): Promise<void>
}

/** Composes the lifecycle of one instance. */
export function openLifecycle(parts: LifecycleParts): Lifecycle {
  const { service, errors, safePath, warnOnce } = parts
  const { requests: lines, records, events, lineLevel, totals, onEnd, recent, observers } = parts
  const log = new RequestLog(service, lines, records, events, lineLevel, totals, onEnd, recent, observers)
  const trouble = new Trouble(warnOnce, safePath)
  const failures = new Failures(errors, log, safePath)
  const requests = new Requests(parts, log, trouble)
  const jobs = new Jobs(parts, log)
  const broken = new BrokenRequests(parts, failures, log)
  const watcher: Watcher = {
    begin: (request, response) => requests.begin(request, response),
    beginUpgrade: (request, socket) => requests.beginUpgrade(request, socket),
    run: (request, fn) => {
      const exchange = exchangeOf(request)
      return exchange === undefined ? fn() : runWith(exchange.context, fn)
    },
    clientError: (error, socket, own) => broken.clientError(error, socket, own),
  }
  const unwatchUnknown = trouble.watchUnknown()
  const servers = new Map<Server, () => void>()
  return {
    requests,
    failures,
    jobs,
    trouble,
    attach: (server) => {
      checkServer(server)
      if (!servers.has(server)) servers.set(server, attach(server, watcher))
      return () => {
        servers.get(server)?.()
        servers.delete(server)
      }
    },
    live: function* () {
      yield* requests.live()
      yield* jobs.live()
    },
    close: async () => {
      for (const release of servers.values()) release()
      servers.clear()
      await requests.close()
      unwatchUnknown()
      releaseIdleConnections()
    },
  }
}
