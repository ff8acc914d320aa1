import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createSpoor, defineLogs, type Logs, type Spoor, type SpoorOptions } from 'spoor'
import { type Answer, type Ask, Connection, requestText } from './client.js'
import type { Account, Fixture, RawRoute } from './fixture.js'
import { type Line, linesIn } from './lines.js'
import { type Note, noter, rawRoutes } from './routes.js'
import { serverKey } from './shared-key.js'

/** What a case wants of its service. */
export interface Wanted {
  readonly spoor?: Partial<SpoorOptions<'app'>>
  readonly account?: Account
  readonly accountWith?: (spoor: Spoor) => Account
  readonly cors?: 'package'
  readonly errorsFirst?: boolean
  /** Mounted at `/_spoor`, before or after everything else. */
  readonly inspector?: 'before' | 'after'
  /** Default true: `spoor.attach(server)`. */
  readonly attach?: boolean
  readonly server?: ServerOptions
  readonly tls?: boolean
  readonly http2?: boolean
  /** A further instance, mounted after the first, or by an app within the app; `same` mounts the first again. */
  readonly others?: 'same' | 'second' | 'nested'
  readonly raw?: (spoor: Spoor, note: Note) => Record<string, RawRoute>
  readonly onServer?: (server: Server, spoor: Spoor, note: Note) => unknown
}

/** A service that runs, and what can be seen of it from outside: its responses and its files. */
export class Service {
  readonly spoor: Spoor
  readonly second: Spoor | undefined
  readonly logs: Logs<'app'>
  readonly server: Server
  readonly directory: string
  readonly #tls: boolean
  readonly #connections: Connection[] = []

  private constructor(spoors: readonly Spoor[], logs: Logs<'app'>, server: Server, directory: string, tls: boolean) {
    this.spoor = spoors[0] as Spoor
    this.second = spoors[1]
    this.logs = logs
    this.server = server
    this.directory = directory
    this.#tls = tls
  }

  static async start(fixture: Fixture, wanted: Wanted = {}): Promise<Service> {
    const directory = mkdtempSync(join(tmpdir(), 'spoor-conformance-'))
    const logs = logsIn(directory)
    const made = (): Spoor => createSpoor({ service: 'conformance', version: '1.0.0', logs, ...wanted.spoor })
    const spoor = made()
    const spoors = wanted.others === undefined ? [spoor] : [spoor, wanted.others === 'same' ? spoor : made()]
    const own = wanted.raw?.(spoor, noter(logs)) ?? {}
    const nested = wanted.others === 'nested'
    const server = await fixture.serve({
      spoors: nested ? [spoor] : spoors,
      nested: nested ? spoors[1] : undefined,
      logs,
      account: wanted.accountWith?.(spoor) ?? wanted.account,
      cors: wanted.cors,
      errorsFirst: wanted.errorsFirst ?? false,
      inspector: wanted.inspector,
      raw: { ...rawRoutes(spoor, logs), ...own },
      create: (listener) => serverOf(listener, wanted),
    })
    if (wanted.attach ?? true) for (const one of new Set(spoors)) one.attach(server)
    await wanted.onServer?.(server, spoor, noter(logs))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Service(spoors, logs, server, directory, wanted.tls ?? false)
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  async connect(): Promise<Connection> {
    const connection = await Connection.open(this.port, { tls: this.#tls })
    this.#connections.push(connection)
    return connection
  }

  /** One request on a connection of its own. */
  async ask(path: string, ask: Ask = {}): Promise<Answer> {
    const connection = await this.connect()
    return connection.send(requestText(path, ask)).answer(ask.method)
  }

  /** What a client sends and gets back until the connection is closed, for bytes that need not be a request. */
  async say(bytes: string | Buffer): Promise<Answer> {
    const connection = await this.connect()
    return connection.send(bytes).answer()
  }

  async lines(): Promise<Line[]> {
    await this.logs.flush()
    return linesIn(this.directory)
  }

  /** The lines of one request, once `enough` of them are there. */
  async linesOf(id: string, enough: (lines: Line[]) => boolean): Promise<Line[]> {
    return until(`enough lines of ${id}`, async () => {
      const lines = (await this.lines()).filter((line) => line.requestId === id)
      return enough(lines) ? lines : undefined
    })
  }

  /** The one request line of an id, once it is there. @throws if there are several */
  async requestLine(id: string): Promise<Line> {
    const lines = await this.linesOf(id, (all) => all.some(isRequestLine))
    const own = lines.filter(isRequestLine)
    if (own.length !== 1) throw new Error(`${own.length} request lines for ${id}: ${JSON.stringify(own)}`)
    return own[0] as Line
  }

  /** The request lines, once there are `count`. @throws if there are more */
  async requestLines(count: number): Promise<Line[]> {
    const lines = await until(`${count} request lines`, async () => {
      const all = (await this.lines()).filter(isRequestLine)
      return all.length >= count ? all : undefined
    })
    if (lines.length !== count) throw new Error(`${lines.length} request lines, not ${count}: ${JSON.stringify(lines)}`)
    return lines
  }

  /** Stops everything. @throws if any line bore another id than its own code expects, or a request had two lines */
  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.drop()
    this.server.closeAllConnections?.()
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve))
    await this.spoor.close()
    await this.second?.close()
    await this.logs.close()
    const lines = linesIn(this.directory)
    rmSync(this.directory, { recursive: true, force: true })
    const wrong = wrongLines(lines)
    if (wrong.length > 0) throw new Error(`${wrong.length} lines bear a wrong id: ${JSON.stringify(wrong.slice(0, 3))}`)
    const twice = repeated(lines.filter(isRequestLine).map((line) => String(line['id'])))
    if (twice.length > 0) throw new Error(`two request lines for ${twice.join(', ')}`)
  }
}

function serverOf(listener: RequestListener, { tls, http2, server = {} }: Wanted): Server {
  // Its compatibility API takes the same listener; Node's types do not say so.
  if (http2) return createHttp2Server({}, listener as never) as unknown as Server
  return tls ? createTlsServer({ ...serverKey, ...server }, listener) : createServer(server, listener)
}

/** Loggers whose lines go to files only. */
export function logsIn(directory: string): Logs<'app'> {
  return defineLogs({
    directory,
    root: { file: 'root.log', console: false },
    loggers: { app: { file: 'app.log', console: false }, requests: { console: false } },
  }) as Logs<'app'>
}

export function isRequestLine(line: Line): boolean {
  return line.logger === 'requests' && line['kind'] === 'request'
}

/** Lines whose id or parent is another than the code that wrote them says. */
export function wrongLines(lines: readonly Line[]): Line[] {
  return lines.filter(
    (line) =>
      ('expect' in line && line['expect'] !== line.requestId) ||
      ('expectParent' in line && line['expectParent'] !== line.parentId),
  )
}

/** Those that stand in `values` more than once. */
export function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return values.filter((value) => seen.size === seen.add(value).size)
}

/** Asks until there is an answer. @throws after 20 s, naming what it waited for */
export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}`)
    await pause(2)
  }
}
