// What a collector is to an SDK: takes OTLP over HTTP as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean } & {
  kvlistValue?: { values?: KeyValue[] }
  arrayValue?: { values?: Value[] }
}
interface KeyValue {
  readonly key: string
  readonly value: Value
}
type Attributes = Record<string, unknown>

export interface Point {
  readonly attributes: Attributes
  readonly count?: number
  readonly sum?: number
  readonly asDouble?: number
  readonly explicitBounds?: number[]
}
export interface Metric {
  readonly scope: string
  readonly name: string
  readonly unit: string
  readonly isMonotonic?: boolean
  readonly points: readonly Point[]
}
export interface LogRecord {
  readonly scope: string
  readonly body: unknown
  readonly severityNumber: number
  readonly severityText: string
  readonly traceId?: string
  readonly spanId?: string
  readonly timeUnixNano: string
  readonly attributes: Attributes
}
export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
}

/** Receives traces, metrics and logs, as long as a test runs. */
export class Receiver {
  readonly spans: ReceivedSpan[] = []
  readonly metrics: Metric[] = []
  readonly logs: LogRecord[] = []
  /** The headers of each export. */
  readonly headers: Record<string, unknown>[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks)
        const json = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
        receiver.headers.push(request.headers)
        receiver.#take(JSON.parse(String(json)))
        response.setHeader('content-type', 'application/json').end('{}')
      })
    })
    const receiver = new Receiver(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** The last export of a metric. */
  metric(name: string, scope = 'spoor'): Metric | undefined {
    return this.metrics.findLast((metric) => metric.name === name && metric.scope === scope)
  }

  // biome-ignore lint/suspicious/noExplicitAny: as it comes
  #take({ resourceSpans = [], resourceMetrics = [], resourceLogs = [] }: any): void {
    for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) this.spans.push(...spans)
    for (const { scopeLogs } of resourceLogs)
      for (const { scope, logRecords } of scopeLogs)
        for (const record of logRecords)
          this.logs.push({
            ...record,
            scope: scope.name,
            body: plain(record.body),
            attributes: plainOf(record.attributes),
          })
    for (const { scopeMetrics } of resourceMetrics)
      for (const { scope, metrics } of scopeMetrics)
        for (const { name, unit, histogram, sum } of metrics) {
          const { dataPoints = [], isMonotonic } = histogram ?? sum ?? {}
          const points = dataPoints.map((point: { attributes: KeyValue[] }) => ({
            ...point,
            attributes: plainOf(point.attributes),
          }))
          this.metrics.push({ scope: scope.name, name, unit, isMonotonic, points })
        }
  }
}

function plainOf(attributes: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]))
}

function plain(value: Value): unknown {
  if (value?.kvlistValue) return plainOf(value.kvlistValue.values)
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(plain)
  return value?.intValue === undefined ? Object.values(value ?? {})[0] : Number(value.intValue)
}
