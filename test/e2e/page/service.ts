// The example service in a process of its own, for tests of the inspector's page: they kill it, start it again under an
// open page, and give it its own log files.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { isShared, SharedStores } from './shared-stores.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The answer to a request of the traffic. */
export interface TrafficAnswer {
  readonly status: number
  /** `X-Request-ID` */
  readonly id: string
  /** `X-Resource-Tracking-ID`, if the request was measured. */
  readonly trackingId: string | undefined
}

export interface TrafficOptions {
  /** A user of the example: `acme-admin`, `acme-user`, `globex-developer`, `globex-user`, `operator`. Default: `acme-admin`. */
  readonly token?: string
  /** Asks to be measured (`X-Debug-Resource-Tracking`). Default: false. */
  readonly measured?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/** A running example service, and the traffic that tests send to it. With SPOOR_STORES=shared, its stores are shared ones. */
export class ExampleService {
  /** `http://127.0.0.1:port` */
  url = ''
  readonly logDirectory = mkdtempSync(join(tmpdir(), 'spoor-page-'))
  readonly #env: Readonly<Record<string, string>>
  #stores: SharedStores | undefined
  #child: ChildProcess | undefined
  #output = ''

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = env
  }

  /** The address of the inspector's page. */
  get page(): string {
    return `${this.url}/_spoor/`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts the service, or starts it again: under the same port, with the same log files. */
  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    if (isShared) this.#stores ??= await SharedStores.start(this.logDirectory)
    const own = { LOG_DIR: this.logDirectory, DATABASE_URL: 'off', PORT: port, ...this.#stores?.env, ...this.#env }
    const child = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
      cwd: root,
      env: { ...process.env, ...own },
    })
    this.#child = child
    this.#output = ''
    const collect = (chunk: Buffer): void => {
      this.#output += chunk
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    // A fresh clone builds the page, the package and the example first.
    const wait = { timeout: 170_000, interval: 20 }
    this.url = await vi.waitFor(() => this.#address(), wait)
  }

  #address(): string {
    // Without files, the start is a line of JSON.
    const url = /(?:Demo page\s+|^\{.*?"url":")(http:[^\s"]+?)\/?["\s]/m.exec(this.#output)?.[1]
    if (url === undefined) throw new Error(`no address in: ${this.#output}`)
    return url
  }

  /** Ends the process: `SIGKILL` as a crash would (default), `SIGTERM` in order. */
  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }

  /** Ends the process and removes its log files. */
  async remove(): Promise<void> {
    await this.stop()
    await this.#stores?.stop()
    rmSync(this.logDirectory, { recursive: true, force: true })
  }

  /** Writes lines, as another process of the service would. */
  write(file: string, lines: string): void {
    if (this.#stores === undefined) appendFileSync(join(this.logDirectory, file), lines)
    else this.#stores.write(lines)
  }

  /** Resolves once the lines of `write` can be read. */
  async written(): Promise<void> {
    await this.#stores?.flush()
  }

  /** Waits for the last line of a request: batches of lines are sent twice a second. Some requests have none. */
  async #stored(id: string): Promise<void> {
    const isThere = async (): Promise<void> => {
      const { items } = await this.api<{ items: { fields: { kind?: string } }[] }>(`logs?requestId=${id}&limit=1`)
      expect(items[0]?.fields.kind).toBe('request')
    }
    await vi.waitFor(isThere, { timeout: 5_000, interval: 50 }).catch(() => {})
  }

  /** Sends one request to the API of the example. */
  async send(method: string, path: string, options: TrafficOptions = {}): Promise<TrafficAnswer> {
    const { token = 'acme-admin', measured = false, headers = {}, body } = options
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(measured ? { 'x-debug-resource-tracking': 'true' } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    // A response that is cut off is what some of this traffic is for.
    await response.arrayBuffer().catch(() => undefined)
    const id = response.headers.get('x-request-id') ?? ''
    if (isShared) await this.#stored(id)
    return {
      status: response.status,
      id,
      trackingId: response.headers.get('x-resource-tracking-id') ?? undefined,
    }
  }

  /** Publishes a post: two calls to WordPress, lines of two loggers, and a query. */
  publish(options: TrafficOptions & { readonly title?: string } = {}): Promise<TrafficAnswer> {
    const { title = 'A title' } = options
    return this.send('POST', '/api/v1/publish', { body: { title, content: 'Some content' }, ...options })
  }

  /** Lists the posts with one query for each. */
  naiveList(options?: TrafficOptions): Promise<TrafficAnswer> {
    return this.send('GET', '/api/v1/posts?naive=1', options)
  }

  /** Exports as globex: it blocks the event loop for `ms`. */
  export(ms = 300, options: TrafficOptions = {}): Promise<TrafficAnswer> {
    return this.send('POST', `/api/v1/export?ms=${ms}`, { token: 'globex-user', ...options })
  }

  /** Uses the CPU, and waits. */
  work({ cpuMs = 50, waitMs = 100 } = {}, options?: TrafficOptions): Promise<TrafficAnswer> {
    return this.send('GET', `/api/v1/work?cpuMs=${cpuMs}&waitMs=${waitMs}`, options)
  }

  /** Fails: `throw`, `500`, `late` and the other ways of the example. */
  fail(how = 'throw', options?: TrafficOptions): Promise<TrafficAnswer> {
    return this.send('GET', `/api/v1/fail?how=${how}`, options)
  }

  /**
   * Reads the inspector's API: `api('requests?limit=5')`.
   *
   * @throws Error for any answer but a success
   */
  async api<T>(path: string, token = 'operator'): Promise<T> {
    const response = await fetch(`${this.page}api/${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`api/${path}: ${response.status} ${await response.text()}`)
    return response.json() as Promise<T>
  }
}

/**
 * Starts the example service before the tests of this `describe`, and removes it after them.
 *
 * @param env environment variables of the example, such as `DATABASE_URL` (default `off`)
 */
export function useService(env: Readonly<Record<string, string>> = {}): ExampleService {
  const service = new ExampleService(env)
  beforeAll(() => service.start())
  afterAll(() => service.remove())
  return service
}
