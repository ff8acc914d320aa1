import type { Readable } from 'node:stream'
import { runDetached } from '../../context/storage.js'
import { asOwnWork } from '../../process/own-work.js'

/** The settings and parameters that every call of a client takes. */
export interface ClickHouseCall {
  readonly query: string
  readonly clickhouse_settings?: Record<string, string | number>
  readonly abort_signal?: AbortSignal
}

/** The part of a client of `@clickhouse/client` that Spoor uses. */
export interface ClickHouseClient {
  query(
    options: ClickHouseCall & { readonly format: 'JSONEachRow'; readonly query_params?: Record<string, unknown> },
  ): Promise<{ json(): Promise<unknown> }>
  command(options: ClickHouseCall): Promise<unknown>
  exec(options: ClickHouseCall & { readonly values?: Readable }): Promise<{ readonly stream: Readable }>
}

/** True for a client of `@clickhouse/client`. */
export function isClickHouseClient(value: unknown): value is ClickHouseClient {
  if (typeof value !== 'object' || value === null) return false
  return ['query', 'command', 'exec'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

/** How Spoor asks ClickHouse. Calls run outside any request, are charged to Spoor's overhead, and end after a time. */
export class ClickHouse {
  readonly #client: ClickHouseClient
  readonly #answerWithinMs: number

  constructor(client: ClickHouseClient, answerWithinMs = 30_000) {
    this.#client = client
    this.#answerWithinMs = answerWithinMs
  }

  /** The rows of a SELECT. `params` are bound by the server. */
  async rows<Row>(
    query: string,
    params: Record<string, unknown> = {},
    settings: Record<string, number> = {},
  ): Promise<Row[]> {
    return this.#within(async (abort_signal) => {
      const answer = await this.#client.query({
        query,
        query_params: params,
        format: 'JSONEachRow',
        clickhouse_settings: settings,
        abort_signal,
      })
      return (await answer.json()) as Row[]
    })
  }

  /** Runs a statement without an answer. */
  async run(query: string): Promise<void> {
    await this.#within((abort_signal) => this.#client.command({ query, abort_signal }))
  }

  /** Inserts rows in the format RowBinary. The server gathers inserts of all processes; it answers when the rows are stored. */
  async insert(into: string, values: Readable): Promise<void> {
    await this.#within(async (abort_signal) => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${into} FORMAT RowBinary`,
        values,
        // A batch from a spill file may be days old, and lines of many days may wait together.
        clickhouse_settings: { async_insert: 1, wait_for_async_insert: 1, max_partitions_per_insert_block: 0 },
        abort_signal,
      })
      for await (const _ of stream) {
        // The connection is free for the next call when its answer is read.
      }
    })
  }

  async #within<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#answerWithinMs)
    try {
      return await runDetached(() => asOwnWork(() => ask(signal)))
    } catch (error) {
      if (!signal.aborted) throw error
      // The client says that the user aborted the request.
      throw new DOMException(`no answer within ${this.#answerWithinMs / 1_000} s`, 'TimeoutError')
    }
  }
}
