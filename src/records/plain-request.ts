import { createContext, type WorkContext } from '../context/request-context.js'
import type { PlainLine, PlainParts, RequestFacts } from '../logging/formatters/dialects/request-facts.js'
import { isoTimes } from '../logging/iso-time.js'
import type { CheckedWriter } from '../logging/logger.js'
import { hasMembersOnAll, isCleanText, numberText } from '../safe-values/clean-fields.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { mayHoldKey } from '../safe-values/secret-shapes.js'
import type { UsageFigures } from '../usage/figures.js'
import { HeldUp } from '../work/held-up.js'
import type { Work } from '../work/work.js'
import { type PlainFigures, plainFigures } from './plain-figures.js'
import type { RequestRecord } from './record.js'
import { requestLine } from './request-line.js'
import { type RecordOwn, recordOf, type Service, type Start, startNow } from './request-record.js'

/*
 * The fast path of the request line, for a request that did not fail: from context and exchange to the text of the
 * fields, without an object of fields or a search for secrets in what cannot hold any. It saves half of the line's CPU.
 * Only a tracked request has a record, whose figures are added (plain-figures.ts). Everything else takes the general path
 * (record → requestLine → logger), which says how the line looks; plain-request.test.ts shows that both write the same
 * line, and fails for a member that only one has.
 */

/** What a search for secrets stops at in a text that is clean (safe-values/secret-text.ts). */
const suspicious = /:|bearer|basic/i

/** Writes the lines of plain requests. */
export class PlainRequests {
  readonly #service: Service
  readonly #writer: CheckedWriter
  /** The members that are the same for each request: service, version and pid. */
  readonly #constant: string
  readonly #maxWhat: number

  private constructor(service: Service, writer: CheckedWriter, constant: string) {
    this.#service = service
    this.#writer = writer
    this.#constant = constant
    this.#maxWhat = writer.maxMessage - roomBesideWhat
  }

  /** @returns undefined where every line needs the general path: it has names or texts that are looked into */
  static of(service: Service, writer: CheckedWriter | undefined): PlainRequests | undefined {
    if (writer === undefined || hasMembersOnAll()) return undefined
    const constant = writer.clean({ service: service.service, version: service.version, pid: process.pid })
    // `redact` may hide any member of the line.
    const isAllClean = writer.clean(sampleFields(service))
    return constant === undefined || isAllClean === undefined ? undefined : new PlainRequests(service, writer, constant)
  }

  /**
   * @param record the record of a tracked request
   * @returns false for a request whose line needs the general path; nothing was written
   */
  write(context: WorkContext, start: Start, own: RecordOwn, record?: RequestRecord): boolean {
    const { status, method, path, route } = own
    if (record === undefined && own.tracked !== undefined) return false
    if (!isPlain(context, own) || status === undefined || !isCommonStatus(status)) return false
    if (method === undefined || path === undefined) return false
    if (!isCleanText(method) || !isCleanText(path)) return false
    const what = `${method} ${path}`
    if (what.length > this.#maxWhat || suspicious.test(what) || mayHoldKey(what)) return false
    const { id, clientRequestId, clientTraceId, user } = context
    if (!isClean(own.remoteAddress) || !isClean(own.userAgent)) return false
    if (!isClean(route) || !isClean(user) || !isClean(clientRequestId) || !isClean(clientTraceId)) return false
    if (hasMembersOnAll()) return false
    const figures = record && plainFigures(record)
    if (record !== undefined && figures === undefined) return false
    const durationMs = record?.durationMs ?? roundedMs(performance.now() - start.startTick)
    const ids =
      `"kind":"request","id":"${id}"${member('clientRequestId', clientRequestId)}` +
      `${member('clientTraceId', clientTraceId)}`
    const startedAt = record?.startedAt ?? isoStart(start.startedAt)
    const { beforeIo, afterIo, timeline } = figures ?? noFigures
    const end =
      `"startedAt":"${startedAt}","durationMs":${numberText(durationMs)}${beforeIo}` +
      `${ioOf(own, figures)}${afterIo}${logsOf(context.work)}${timeline}`
    const fields =
      `${ids}${member('user', user)},"method":"${method}"${member('route', route)}` +
      `,"path":"${path}","status":${status}${clientOf(own)},${this.#constant},${end}`
    const parts = new Parts(this.#service, own, user, durationMs, ids, end)
    return this.#writer.write(context, `${what} ${status} ${duration(durationMs)}`, fields, parts)
  }
}

/** Takes the fields of a plain request apart, only if a formatter asks: an object costs less than a function. */
class Parts implements PlainParts {
  readonly #service: Service
  readonly #own: RecordOwn
  readonly #user: string | undefined
  readonly #durationMs: number
  readonly #start: string
  readonly #end: string

  /** All values are checked. */
  constructor(
    service: Service,
    own: RecordOwn,
    user: string | undefined,
    durationMs: number,
    start: string,
    end: string,
  ) {
    this.#service = service
    this.#own = own
    this.#user = user
    this.#durationMs = durationMs
    this.#start = start
    this.#end = end
  }

  read(): PlainLine {
    return { facts: this.#facts(), start: this.#start, route: member('route', this.#own.route), end: this.#end }
  }

  #facts(): RequestFacts {
    const { service, version } = this.#service
    const { method, path, status, remoteAddress, userAgent, client } = this.#own
    return {
      method: quoted(method),
      path: quoted(path),
      status: String(status),
      user: quoted(this.#user),
      remoteAddress: quoted(remoteAddress),
      userAgent: quoted(userAgent),
      service: quoted(service),
      version: quoted(version),
      pid: String(process.pid),
      durationMs: String(this.#durationMs),
      readBytes: client && String(client.readBytes),
      writtenBytes: client && String(client.writtenBytes),
    }
  }
}

// Of a message, beside method and path: the status and the duration.
const roomBesideWhat = 40

function isPlain({ kind, work }: WorkContext, own: RecordOwn): boolean {
  if (kind !== 'request' || work.calls !== undefined || work.jobsQueued > 0) return false
  if (work.queries !== undefined || work.ownFields !== undefined || work.accountSwitched) return false
  const { error, aborted, upgraded, contextLost, client } = own
  if (client !== undefined && !Number.isFinite(client.readBytes + client.writtenBytes)) return false
  return error === undefined && !aborted && !upgraded && !contextLost
}

/** Three digits, because four beside other words of four may look like a password; from 500 on a line is an error's. */
function isCommonStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status < 500
}

function isClean(text: string | undefined): boolean {
  return text === undefined || isCleanText(text)
}

function quoted(cleanText: string | undefined): string | undefined {
  return cleanText === undefined ? undefined : `"${cleanText}"`
}

function member(name: string, cleanText: string | undefined): string {
  return cleanText === undefined ? '' : `,"${name}":"${cleanText}"`
}

// Starts are other times than those of lines: with one memory, each would make the other forget.
const isoStart = isoTimes()

function clientOf({ remoteAddress, userAgent }: RecordOwn): string {
  return `${member('remoteAddress', remoteAddress)}${member('userAgent', userAgent)}`
}

function logsOf({ lines, warnings, errors }: Work): string {
  return lines === 0 ? noLogs : `,"logs":{"lines":${lines},"warnings":${warnings},"errors":${errors}}`
}

const noLogs = ',"logs":{"lines":0,"warnings":0,"errors":0}'

const noFigures: PlainFigures = { beforeIo: '', fs: '', afterIo: '', timeline: '' }

function ioOf({ client }: RecordOwn, { fs } = noFigures): string {
  if (client === undefined) return fs === '' ? '' : `,"io":{${fs}}`
  const bytes = `"readBytes":${client.readBytes},"writtenBytes":${client.writtenBytes}`
  return `,"io":{"client":{${bytes}}${fs === '' ? '' : `,${fs}`}}`
}

/** The fields of a plain request that has all of them. */
function sampleFields(service: Service): object {
  const seed = { clientRequestId: 'a', clientTraceId: 'a', user: 'a', account: 'a' }
  const client = { readBytes: 1, writtenBytes: 1 }
  const own = { method: 'GET', route: '/', path: '/', status: 200, remoteAddress: 'a', userAgent: 'a', client }
  const tracked = { figures: sampleFigures, truncatedAt: 1 }
  return requestLine(recordOf(createContext('request', seed), service, startNow(), { ...own, tracked })).fields
}

const sampleFigures: UsageFigures = {
  cpu: { ms: 1, slices: 1, clock: 'thread', fromMs: 0 },
  gcMs: 1,
  memory: { allocatedBytes: 1 },
  fs: { readBytes: 1, writtenBytes: 1, operations: 1 },
  process: { cpuMs: 1, heapDeltaBytes: 1, rssDeltaBytes: 1, readBytes: 1, writtenBytes: 1, inFlight: 1 },
  heldUp: Object.assign(new HeldUp(), { beforeStartMs: 1 }),
}
