import { type ParsedLine, parseLine } from '../logging/parser.js'
import { host } from '../process/instance.js'
import { type FigureName, figureNames } from '../records/totals/figures.js'
import type { RestoredMinute, RestoredRow } from '../records/totals/restored-minute.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { openLogFiles } from './files/log-files.js'
import { readBackwards } from './files/read-backwards.js'

/** Which lines of totals are read. */
export interface TotalsLinesOptions {
  /** The file of the logger `requests`. */
  readonly file: string
  readonly service: string
  /** Lines that end later are of processes that run beside this one. Ms since the epoch. */
  readonly before: number
  /** How much is read, newest first. Default 128 MB. */
  readonly maxBytes?: number | undefined
}

const dayMs = 24 * 60 * 60_000
/** The clocks of two instances of one process differ by less than this. */
const toleranceMs = 5
const needle = Buffer.from('"totals"')
const maxItems = 200
const maxRoutes = 5
const maxCounts = 32
const maxNameLength = 200

/**
 * Reads the totals of the last day that earlier processes of the service wrote on this host, newest first. Processes that still run
 * have their totals themselves, so their lines are left out. Damaged and foreign lines are skipped.
 */
export async function* readTotalsLines(options: TotalsLinesOptions): AsyncGenerator<RestoredMinute[], void, void> {
  const { file, before, maxBytes = 128 * 2 ** 20 } = options
  const since = before - dayMs
  const isOver = overOnThisHost()
  let left = maxBytes
  for await (const { handle, bytes, modifiedMs } of openLogFiles(file)) {
    if (modifiedMs < since) return
    for await (const lines of readBackwards(handle, bytes)) {
      const minutes: RestoredMinute[] = []
      for (const line of linesWith(lines)) {
        const parsed = parseLine(line)
        if (parsed === undefined || parsed.logger !== 'requests' || parsed.fields['service'] !== options.service)
          continue
        const minute = minuteOf(parsed)
        if (minute === undefined || minute.to > before + toleranceMs || minute.to <= since) continue
        if (isOver(parsed.fields['instance'])) minutes.push(minute)
      }
      if (minutes.length > 0) yield minutes
      left -= lines.length
      if (left <= 0) return
    }
  }
}

/** The lines that may be totals. */
function* linesWith(lines: Buffer): Generator<string> {
  for (let at = lines.indexOf(needle); at >= 0; ) {
    const newline = lines.indexOf(10, at)
    const end = newline === -1 ? lines.length : newline
    yield lines.toString('utf8', lines.lastIndexOf(10, at) + 1, end)
    at = lines.indexOf(needle, end)
  }
}

/** Whether an instance ran on this host, and its process is gone. Asks once for each instance. */
function overOnThisHost(): (instance: SafeValue | undefined) => boolean {
  const known = new Map<string, boolean>()
  return (instance) => {
    if (typeof instance !== 'string' || instance.length > maxNameLength) return false
    const over = known.get(instance) ?? isOver(instance)
    if (known.size < maxItems) known.set(instance, over)
    return over
  }
}

function isOver(instance: string): boolean {
  const colon = instance.lastIndexOf(':')
  const pid = Number(instance.slice(colon + 1))
  if (instance.slice(0, colon) !== host || !Number.isSafeInteger(pid) || pid <= 0) return false
  // Containers give each process the same number. Another instance in this process has ended, too: one service has one.
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Reads the minute, or a part of it, from a line; undefined for another or a damaged line. */
export function minuteOf({ fields }: ParsedLine): RestoredMinute | undefined {
  return minuteIn(fields)
}

function minuteIn(fields: ParsedLine['fields']): RestoredMinute | undefined {
  if (fields['kind'] !== 'totals') return undefined
  const [from, to] = [timeOf(fields['from']), timeOf(fields['to'])]
  if (from === undefined || to === undefined || to <= from) return undefined
  const accounts = itemsOf(fields['accounts'], maxItems).filter(({ account }) => account !== undefined)
  const routes = itemsOf(fields['routes'], maxItems).filter(({ route }) => route !== undefined)
  const isExact = [fields['accounts'], fields['routes']].some((list) => Array.isArray(list) && list.some(isMeasured))
  return { from, to, thread: threadOf(fields['thread']), accounts, routes, isExact }
}

/** Reads a minute from the fields of a line, as JSON; undefined for any other text. */
export function minuteInJson(json: string): RestoredMinute | undefined {
  try {
    const fields = JSON.parse(json) as SafeValue
    return isObject(fields) ? minuteIn(fields) : undefined
  } catch {
    return undefined
  }
}

function isMeasured(item: SafeValue): boolean {
  return isObject(item) && item['exact'] === true
}

function itemsOf(list: SafeValue | undefined, most: number): RestoredRow[] {
  return Array.isArray(list) ? list.slice(0, most).flatMap((item) => rowOf(item) ?? []) : []
}

function rowOf(item: SafeValue): RestoredRow | undefined {
  if (!isObject(item)) return undefined
  const own = (name: string): SafeValue | undefined => (Object.hasOwn(item, name) ? item[name] : undefined)
  const [requests, jobs] = [figure(own('requests')), figure(own('jobs'))]
  const [held, duration] = [own('heldOthers'), own('duration')]
  const mean = isObject(duration) ? figure(duration['mean']) : 0
  const figures: Partial<Record<FigureName, number>> = {}
  for (const name of figureNames) figures[name] = figure(own(name))
  const routes = itemsOf(own('routes'), maxRoutes).filter(({ route }) => route !== undefined)
  return {
    account: nameOf(own('account')),
    method: nameOf(own('method')),
    route: nameOf(own('route')),
    figures: {
      ...figures,
      durationMs: mean * (requests + jobs),
      heldRequests: isObject(held) ? figure(held['requests']) : 0,
      heldMs: isObject(held) ? figure(held['ms']) : 0,
    },
    counts: countsOf(own('counts')),
    routes: routes.length === 0 ? undefined : routes,
  }
}

function threadOf(thread: SafeValue | undefined): RestoredMinute['thread'] {
  if (!isObject(thread)) return undefined
  return {
    cpuMs: figure(thread['cpuMs']),
    unattributedMs: figure(thread['unattributedMs']),
    overheadMs: figure(thread['overheadMs']),
    windows: figure(thread['windows']),
  }
}

function countsOf(counts: SafeValue | undefined): Record<string, number> | undefined {
  if (!isObject(counts)) return undefined
  const known = Object.entries(counts).slice(0, maxCounts)
  return Object.fromEntries(known.flatMap(([name, value]) => (Number.isFinite(value) ? [[name, value as number]] : [])))
}

/** A figure of a line; 0 for anything but a positive number. */
function figure(value: SafeValue | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}

function nameOf(value: SafeValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxNameLength ? value : undefined
}

function timeOf(value: SafeValue | undefined): number | undefined {
  const time = typeof value === 'string' && value.length <= 30 ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function isObject(value: SafeValue | undefined): value is { readonly [name: string]: SafeValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
