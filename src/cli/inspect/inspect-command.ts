import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sendAnswer } from '../../http/send-answer.js'
import { hostCheck, loopbackNames } from '../../inspector/hosts.js'
import { liveFilterOf } from '../../inspector/line-query.js'
import { readLines } from '../../inspector/line-routes.js'
import { LiveStreams } from '../../inspector/live-route.js'
import { isPagePath, pageAnswer } from '../../inspector/page.js'
import { notThere, Refusal } from '../../inspector/refusal.js'
import { finished, type InspectorAnswer, json } from '../../inspector/respond.js'
import { read, targetOf } from '../../inspector/routes.js'
import { itemOf } from '../../reading/item-of-line.js'
import { lineReading } from '../../reading/lines/line-reading.js'
import type { Reading } from '../../reading/reading.js'
import { ReadingError } from '../../reading/reading-error.js'
import { RowsReading } from '../../reading/rows-reading.js'
import { Searches } from '../../reading/searches.js'
import { version } from '../../reading/version.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { type CommandLines, linesFrom } from '../source.js'
import { untilClosed } from '../until-closed.js'

/** `spoor inspect`: the inspector's API over log lines, on 127.0.0.1, for callers with the token that it prints. */
export const inspectCommand: Run = async (given, output) => {
  const source = await linesFrom(given)
  const token = randomBytes(24).toString('base64url')
  const port = portOf(given)
  return untilClosed(async (stop) => {
    const answer = answering(source, token)
    const server = createServer((request, response) => void answer.to(request, response))
    server.once('error', (error: NodeJS.ErrnoException) => {
      const fix = error.code === 'EADDRINUSE' ? `; another program has port ${port}: choose another --port` : ''
      stop(new UsageError(`spoor inspect: cannot listen on 127.0.0.1 (${error.code ?? error.message})${fix}`))
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    output.print(
      // The browser keeps the part behind # for itself.
      `${base}/#token=${token}`,
      `curl -H 'Authorization: Bearer ${token}' ${base}/api/requests`,
      'Only this machine can reach it, and only with this token. Ctrl-C ends it.',
    )
    return () => {
      answer.close()
      server.close()
      server.closeAllConnections()
    }
  })
}

function portOf(given: Arguments): number {
  const text = textOf(given, 'port') ?? '0'
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError('spoor inspect: --port: expected a number from 0 to 65535')
  return Number(text)
}

/** Answers requests with what the log lines tell. */
function answering(
  source: CommandLines,
  token: string,
): { to(request: IncomingMessage, response: ServerResponse): Promise<void>; close(): void } {
  const rows = new RowsReading(source.lines)
  const lines = lineReading(source.lines, new Searches())
  const streams = new LiveStreams()
  const reading = readingOf(rows, source.lines.kind === 'files' ? 'Log files' : 'Lines in ClickHouse')
  const answer = async (request: IncomingMessage): Promise<InspectorAnswer> => {
    if (!isLoopback(request)) throw new Refusal(421, 'misdirected_request')
    const page = await pageOf(request)
    if (page !== undefined) return page
    if (!hasToken(request, token)) throw new Refusal(401, 'unauthorized', { headers: { 'www-authenticate': 'Bearer' } })
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'method_not_allowed')
    const target = targetOf(request.url ?? '/')
    const { access } = source
    if (target.path === '/api/live') {
      const { filter, items } = liveFilterOf(target.query)
      const after = request.headers['last-event-id']
      const renew = async (): Promise<boolean> => true
      return streams.answer({
        lines,
        access,
        filter,
        itemOf: items ? (line) => reading.item(access, line) : undefined,
        after: typeof after === 'string' ? after : undefined,
        renew,
        ended: () => {},
      })
    }
    return (await readLines({ reading, lines }, access, target)) ?? json(await read(reading, access, target))
  }
  return {
    to: async (request, response) => {
      try {
        sendAnswer(response, finished(await answer(request), {}))
      } catch (error) {
        sendAnswer(response, finished(refused(error), {}))
      }
    },
    close: () => {
      streams.close()
      lines.close()
    },
  }
}

/** The page has no data, so it needs no token. It takes the token from its address. */
async function pageOf({ method, url = '/', headers }: IncomingMessage): Promise<InspectorAnswer | undefined> {
  const { path } = targetOf(url)
  if (!isPagePath(path) || (method !== 'GET' && method !== 'HEAD')) return undefined
  const request = { path, header: (name: string) => textHeader(headers[name.toLowerCase()]) }
  return (await pageAnswer(path, request)) ?? Promise.reject(notThere())
}

function textHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

/** @param read what is read, in words that begin a sentence */
function readingOf(rows: RowsReading, read: string): Reading {
  return {
    record: (access, id) => rows.record(access, id),
    list: (access, filter) => rows.list(access, filter),
    item: (access, line) => itemOf({ line }, access, () => undefined),
    overview: (access, filter) => rows.overview(access, filter),
    session: (access) => rows.session(access),
    // Lines do not tell what is open.
    live: () => [],
    accounting: () => ({ summary: `${read} have no CPU accounting: ask the inspector of the running service.` }),
    usage: (access, of, query) => rows.usage(access, of, query),
    dependencies: (access) => rows.dependencies(access),
    health: async (access) => {
      const list = await rows.files(access)
      const about = { spoor: version, node: process.version, pid: process.pid }
      const summary = `${read} do not know the health of the service: ask the inspector of the running service.`
      return list && ({ summary, troubles: [], ...about, outputs: [], files: list } as never)
    },
  }
}

const ourHost = hostCheck(loopbackNames)

function isLoopback({ headers }: IncomingMessage): boolean {
  return ourHost({ header: (name: string) => headers[name] } as never)
}

function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function failureOf(error: unknown): Refusal['failure'] {
  if (error instanceof ReadingError && error.code === 'ERR_SPOOR_STORE')
    return new Refusal(503, 'store_failed', { detail: error.message }).failure
  const isBusy = error instanceof ReadingError && error.code === 'ERR_SPOOR_BUSY'
  return (isBusy ? new Refusal(503, 'busy', { headers: { 'retry-after': '1' } }) : new Refusal(500, 'internal_error'))
    .failure
}

function refused(error: unknown): InspectorAnswer {
  const failure = error instanceof Refusal ? error.failure : failureOf(error)
  const { status, code, detail, headers } = failure
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({ type: 'about:blank', status, code, ...(detail === undefined ? {} : { detail }) }),
  }
}
