import { type Counter, type Histogram, type MeterProvider, metrics, ValueType } from '@opentelemetry/api'
import type { OpenCall } from '../../outgoing/call.js'
import { followCalls } from '../../outgoing/watch.js'
import { oncePerProcess } from '../../process/once.js'
import { watchFromFirstQuery } from '../../queries/first-query.js'
import type { OpenQuery } from '../../queries/open-query.js'
import { isFollowing, watchQueries } from '../../queries/registry.js'
import type { EndedWork } from '../../records/observers.js'
import { own } from '../../safe-values/own-member.js'
import { MetricAttributes } from './attributes.js'

/** The bounds, in s, that the semantic conventions ask for. */
const httpSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const databaseSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

interface Instruments {
  readonly server: Histogram
  readonly client: Histogram
  readonly database: Histogram
  readonly cpu: Counter
}

// Calls and queries are those of the process, so one instance counts them.
const counting = oncePerProcess('otel-metrics.1', () => new Set<object>())

/** Records the metrics of one instance with the meter provider that is registered at the moment. Never throws. */
export class Metrics {
  readonly #onFault: (error: unknown) => void
  readonly #attributes = new MetricAttributes()
  #provider: MeterProvider | undefined
  #made: Instruments | undefined

  /** @param onFault called with an error of the provider, or of Spoor's own code */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault
  }

  /** Records calls and queries. @returns a function that ends it */
  follow(): () => void {
    counting.add(this)
    const stops = [
      () => counting.delete(this),
      followCalls({
        ruleOf: () => undefined,
        hasRules: false,
        onLost() {},
        onCall: (call) => this.#attempt(() => this.#call(call)),
        onFault() {},
      }),
    ]
    if (isFollowing()) {
      const onQuery = (query: OpenQuery): void => this.#attempt(() => this.#query(query))
      const watcher = { hasLines: false, onError() {}, onQuery, onWait() {}, onFault() {} }
      stops.push(watchQueries(watcher, watchFromFirstQuery))
    }
    return () => {
      for (const stop of stops) stop()
    }
  }

  ended(work: EndedWork): void {
    // The time of a WebSocket is not that of a request.
    if (work.context.kind !== 'request' || own(work.own, 'upgraded')) return
    this.#attempt(() => this.#instruments.server.record(work.durationMs / 1_000, this.#attributes.ofRequest(work)))
  }

  usedCpu(account: string | undefined, ms: number): void {
    if (ms > 0) this.#attempt(() => this.#instruments.cpu.add(ms / 1_000, this.#attributes.ofAccount(account)))
  }

  #call(call: OpenCall): void {
    if (!this.#isFirst || call.unfinished) return
    this.#instruments.client.record(secondsOf(call), this.#attributes.ofCall(call))
  }

  #query(query: OpenQuery): void {
    if (!this.#isFirst || query.unfinished) return
    this.#instruments.database.record(secondsOf(query), this.#attributes.ofQuery(query))
  }

  #attempt(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.#onFault(error)
    }
  }

  get #isFirst(): boolean {
    const [first] = counting
    return first === this
  }

  // The SDK may start after this, or be replaced: the API gives meters of the provider that is registered at the call.
  get #instruments(): Instruments {
    const provider = metrics.getMeterProvider()
    if (this.#made === undefined || provider !== this.#provider) {
      this.#provider = provider
      this.#made = instrumentsOf(provider)
    }
    return this.#made
  }
}

function instrumentsOf(provider: MeterProvider): Instruments {
  const meter = provider.getMeter('spoor')
  const histogram = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      valueType: ValueType.DOUBLE,
      advice: { explicitBucketBoundaries },
    })
  return {
    server: histogram('http.server.request.duration', 'Duration of HTTP server requests.', httpSeconds),
    client: histogram('http.client.request.duration', 'Duration of HTTP client requests.', httpSeconds),
    database: histogram('db.client.operation.duration', 'Duration of database client operations.', databaseSeconds),
    cpu: meter.createCounter('spoor.request.cpu.time', {
      description: 'CPU time of the main thread, by account.',
      unit: 's',
      valueType: ValueType.DOUBLE,
    }),
  }
}

function secondsOf({ start, end = start }: OpenCall | OpenQuery): number {
  // The clock goes back if a test fakes the time of the process.
  return Math.max(0, end - start) / 1_000
}
