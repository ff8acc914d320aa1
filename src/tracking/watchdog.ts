import { dirname } from 'node:path'
import { createContext } from '../context/request-context.js'
import { runWith, runWithout } from '../context/storage.js'
import type { Logs } from '../logging/define-logs.js'
import { checkLinks } from '../logging/handlers/ownership.js'
import { rootOutputOf } from '../logging/root-line.js'
import { reasonOf } from '../safe-values/safe-error.js'
import { RecentWorst } from '../usage/recent-worst.js'
import { type LineFile, type LineTemplates, openWatchdog, type Stuck } from '../usage/watchdog/watchdog.js'
import type { WatchdogOptions } from './watchdog-option.js'

/** A blocked event loop, for alerts. Without the values of a request: only its id, account and route. */
export interface StuckNotice {
  readonly ms: number
  readonly requestId?: string | undefined
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** For a sentence: `POST /api/v1/export`, `job resize`, `code outside any request`. */
  readonly what: string
}

type RootLogs = Pick<Logs<string>, 'root'>

/** The watchdog of an instance. */
export interface OwnWatchdog {
  /** How often the event loop was blocked since the start, and the longest time in the last ten minutes. */
  readonly seen: RecentWorst
  /** Calls `listener` when the event loop runs again after a stretch that the watchdog reported. */
  onStuck(listener: (notice: StuckNotice) => void): void
  close(): Promise<void>
}

/** Starts the watchdog of an instance. */
export function watchdogOf(
  options: WatchdogOptions,
  logs: RootLogs,
  warnOnce: (about: string, message: string) => void,
): OwnWatchdog {
  const seen = new RecentWorst()
  const listeners = new Set<(notice: StuckNotice) => void>()
  const { close } = openWatchdog({
    afterMs: options.afterMs ?? 1_000,
    file: fileOf(logs),
    templates: templatesOf(logs, false),
    plain: templatesOf(logs, true),
    onBroken: (reason) =>
      warnOnce(
        'watchdog',
        `tracking.watchdog: expected a thread to watch the event loop, got ${reasonOf(reason)}; everything else works. Allow ` +
          'worker threads, or set watchdog: false',
      ),
    onFree: (stuck) => {
      seen.add(stuck.ms)
      sayFree(logs, stuck)
      const notice = noticeOf(stuck)
      for (const listener of listeners) listener(notice)
    },
  })
  return { seen, onStuck: (listener) => void listeners.add(listener), close }
}

function noticeOf({ ms, facts: { at: _, ...facts } }: Stuck): StuckNotice {
  return { ms: Math.round(ms), ...facts }
}

function sayFree(logs: RootLogs, { ms, facts, isShared }: Stuck): void {
  const { requestId, account, method, route, at, what } = facts
  const fields = {
    ...(method !== undefined && { method }),
    ...(route !== undefined && { route }),
    ...(at !== undefined && { at }),
    blockedMs: Math.round(ms),
  }
  const say = (): void =>
    logs.root.warn(
      fields,
      `the event loop is free again: it was blocked for ${seconds(ms)} s${isShared ? ', at last' : ''} by ${what}`,
    )
  // A context of its own: the request may have ended, and does not count this line.
  if (requestId === undefined) runWithout(say)
  else runWith(createContext('request', { requestId, account }), say)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}

// The thread replaces these (usage/watchdog/worker-source.ts).
const marks = {
  time: Date.UTC(2001, 1, 3, 4, 5, 6, 789),
  ms: 981_173_106_789,
  id: 'SPOOR_WATCHDOG_ID',
  account: 'SPOOR_WATCHDOG_ACCOUNT',
}
const fields = {
  method: 'SPOOR_WATCHDOG_METHOD',
  route: 'SPOOR_WATCHDOG_ROUTE',
  at: 'SPOOR_WATCHDOG_AT',
  blockedMs: marks.ms,
}
const message =
  'the event loop has been blocked for SPOOR_WATCHDOG_SECONDS s by SPOOR_WATCHDOG_WHAT, and is still blocked'

/**
 * The lines as the root logger writes them. Only this thread has the formatters and `beforeLine`, so it makes the lines before
 * the event loop is blocked.
 */
function templatesOf(logs: RootLogs, asJson: boolean): LineTemplates {
  const output = rootOutputOf(logs)
  const { id, account, time } = marks
  const contexts = {
    outside: undefined,
    request: createContext('request', { requestId: id }),
    account: createContext('request', { requestId: id, account }),
  }
  const lines = Object.entries(contexts).map(([name, context]) => {
    const of = { level: 'error', time, fields, message, context } as const
    return [name, output === undefined ? undefined : (output.line(of, asJson) ?? null)]
  })
  return Object.fromEntries(lines) as LineTemplates
}

/** Undefined if the root logger has no file, or if the file is in a place that another user may have prepared. */
function fileOf(logs: RootLogs): LineFile | undefined {
  const file = rootOutputOf(logs)?.file
  if (file === undefined) return undefined
  try {
    checkLinks(dirname(file.path))
  } catch {
    return undefined
  }
  return { ...file, uid: process.geteuid?.() }
}
