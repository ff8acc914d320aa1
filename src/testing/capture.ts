import { internalsOf } from '../lifecycle/adapter.js'
import { captureLines } from '../logging/captured-lines.js'
import { defineLogs, type Logs } from '../logging/define-logs.js'
import type { LoggerOptions, RootOptions } from '../logging/logger-options.js'
import type { LogsOptions } from '../logging/logs-options.js'
import type { StoredRecord } from '../records/record.js'
import { ownMembers } from '../safe-values/own-member.js'
import { createSpoor, type Spoor } from '../spoor.js'
import type { SpoorOptions } from '../spoor-options.js'
import { capturingStore } from './capture-store.js'
import { type CapturedLine, keepView, openCaptures } from './capture-view.js'
import { Captured } from './captured.js'
import { noteSentHeaders } from './sent-headers.js'

/** What decides which lines are written, and how. The options of `defineLogs` that say where lines go do not count in a test. */
type LineOptions<Name extends string> = Pick<
  LogsOptions<Name>,
  'level' | 'base' | 'redact' | 'beforeLine' | 'maxLineBytes' | 'detail' | 'sample' | 'flood'
>

/** Options of `captureSpoor`: those of `createSpoor`, and those of the loggers. */
export interface CaptureOptions<Name extends string>
  extends Omit<SpoorOptions<Name>, 'service' | 'logs'>,
    LineOptions<Name> {
  /** Default `test`. */
  service?: string | undefined
  /** The loggers of the service, by name. Of their options only `level` counts: no line goes to a file, the console or a handler. */
  loggers?: { readonly [K in Name]: LoggerOptions } | undefined
  /** Of the root logger's options only `level` counts. */
  root?: RootOptions | undefined
  /**
   * The service's own logs, in place of `loggers` and its options: while they are captured, their lines go nowhere else. One
   * capture at a time.
   */
  logs?: Logs<Name> | undefined
}

/** Lines and records of one test. */
export interface Capture<Name extends string> {
  /** The loggers. Hand them to the code under test. */
  readonly logs: Logs<Name>
  /** The Spoor. Hand it to the adapter. */
  readonly spoor: Spoor
  /** The lines so far, in order, as they would be written: redacted, after `beforeLine`. Request lines too (logger `requests`). */
  lines(): CapturedLine[]
  /** The records of requests and jobs that have ended, in the order of their ends. */
  records(): StoredRecord[]
  /** Forgets all lines and records. */
  reset(): void
  /** Waits up to 5 s for open requests, and ends the capture. Lines and records can still be read. May be called twice. */
  close(): Promise<void>
}

/**
 * Captures lines and records in memory, for a test: no file, no console. All requests are measured (`tracking: { mode: 'all' }`),
 * unless `tracking` says otherwise. Each capture has its own Spoor, so parallel tests do not see the lines of each other.
 *
 * @example
 * const captured = await captureSpoor({ loggers: { billing: {} } })
 * captured.logs.get('billing').info({ order: 7 }, 'paid')
 * captured.lines() // [{ time: …, level: 'info', logger: 'billing', message: 'paid', fields: { order: 7 } }]
 * await captured.close()
 *
 * @throws OptionsError for mistakes in the options; Error if `logs` are captured already
 */
export async function captureSpoor<const Name extends string = never>(
  options: CaptureOptions<Name> = {},
): Promise<Capture<Exclude<Name, 'requests'>>> {
  const {
    logs: given,
    loggers,
    root,
    level,
    base,
    redact,
    beforeLine,
    maxLineBytes,
    detail,
    sample,
    flood,
    ...rest
  } = options
  const lineOptions = { loggers, root, level, base, redact, beforeLine, maxLineBytes, detail, sample, flood }
  const logs = given === undefined ? ownLogs(lineOptions) : checkedLogs(given, lineOptions)
  const captured = new Captured(rest.requestId?.header?.toLowerCase() ?? 'x-request-id', (id) => isOpen(id))
  const release = captureLines(logs, captured.take)
  if (release === undefined) {
    throw new TypeError('captureSpoor: logs: expected what defineLogs of this version returns, got other logs')
  }
  const store = capturingStore(captured, rest.records)
  let spoor: Spoor
  try {
    spoor = createSpoor({
      service: 'test',
      ...(rest as Omit<SpoorOptions<string>, 'service' | 'logs'>),
      tracking: { mode: 'all', ...rest.tracking },
      records: store,
      logs: logs as unknown as Logs<string>,
    })
  } catch (error) {
    release()
    throw error
  }
  const isOpen = (id: string): boolean => {
    for (const one of internalsOf(spoor)?.lifecycle.live() ?? []) if (one.requestId === id || one.id === id) return true
    return false
  }
  const stopHeaders = noteSentHeaders(captured)
  openCaptures().add(captured)
  const end = async (): Promise<void> => {
    await spoor.close()
    await store.close()
    stopHeaders()
    release()
    if (given === undefined) await logs.close()
    captured.close()
    openCaptures().delete(captured)
  }
  let ended: Promise<void> | undefined
  const capture: Capture<Exclude<Name, 'requests'>> = {
    logs: logs as unknown as Logs<Exclude<Name, 'requests'>>,
    spoor,
    lines: () => captured.lines(),
    records: () => captured.records(),
    reset: () => captured.reset(),
    close: () => {
      ended ??= end()
      return ended
    },
  }
  keepView(capture, captured)
  return capture
}

type GivenLines<Name extends string> = LineOptions<Name> & Pick<CaptureOptions<Name>, 'loggers' | 'root'>

/** Logs that write nowhere: what is logged after the capture is lost. */
function ownLogs<Name extends string>({ loggers, root, ...options }: GivenLines<Name>): Logs<Name> {
  const levels = Object.entries<LoggerOptions>(ownMembers(loggers ?? {}) as Record<string, LoggerOptions>)
  const silent = { console: false } as const
  return defineLogs<Name>({
    // The level must not depend on SPOOR_LEVEL of the machine.
    ...options,
    level: options.level ?? 'info',
    console: false,
    files: false,
    root: { ...silent, level: root?.level },
    loggers: Object.fromEntries(levels.map(([name, own]) => [name, { ...silent, level: own?.level }])) as never,
  }) as unknown as Logs<Name>
}

/** @throws TypeError if options stand beside `logs` that only `defineLogs` takes */
function checkedLogs<Name extends string>(logs: Logs<Name>, options: object): Logs<Name> {
  const beside = Object.entries(options).find(([, value]) => value !== undefined)?.[0]
  if (beside === undefined) return logs
  throw new TypeError(
    `captureSpoor: ${beside}: expected no options of loggers beside logs, got ${beside}; leave one out`,
  )
}
