import { parseLine } from '../logging/parser.js'
import { isOfProcess, isProcess, processOf, unknownInstance } from '../records/process-name.js'
import type { RestoredMinute } from '../records/totals/restored-minute.js'
import { Totals } from '../records/totals/totals.js'
import { own } from '../safe-values/own-member.js'
import type { UsageSource } from './accounts.js'
import type { LineSource, TotalsAsked } from './line-source.js'
import { MinutesOfRows, type RowsMinute } from './minutes-of-rows.js'
import type { RequestRow } from './request-row.js'
import type { Session } from './session.js'
import { minuteOf } from './totals-lines.js'

/** What log lines tell about a span of time: who used the server, and which service it is. */
export interface LineTotals {
  readonly usage: UsageSource
  readonly service: string | undefined
  readonly version: string | undefined
  readonly processes: Session['processes']
}

interface TotalsMinute {
  readonly instance: string
  readonly minute: RestoredMinute
}

/** Adds up request lines, and the lines of totals, which have the CPU of all work. */
export async function rowsTotals(
  rows: LineSource['rows'],
  { access, from, process }: TotalsAsked,
): Promise<LineTotals> {
  const sums = new MinutesOfRows()
  const told = new ToldTotals(from, process)
  for await (const batch of rows({ access, from, onTotals: (text) => told.line(text) })) {
    for (const row of batch) {
      told.seen(row)
      sums.add(row)
    }
  }
  return told.with(sums)
}

/**
 * What lines of totals tell. Where a process wrote totals for a minute, they count, and its request lines of that minute do not. A
 * reader of one account gets no such lines, so the sums of request lines alone.
 */
export class ToldTotals {
  readonly #from: number
  readonly #process: string | undefined
  readonly #minutes: TotalsMinute[] = []
  readonly #processes = new SeenProcesses()

  /** @param process counts only this process */
  constructor(from: number, process: string | undefined) {
    this.#from = from
    this.#process = process
  }

  /** Takes the text of a line of totals. */
  line(text: string): void {
    const line = parseLine(text)
    const minute = line?.logger === 'requests' ? minuteOf(line) : undefined
    const instance = line?.fields['instance']
    if (minute === undefined || minute.to <= this.#from || typeof instance !== 'string') return
    this.#processes.nameInstance(instance)
    if (isProcess(instance, this.#process)) this.#minutes.push({ instance, minute })
  }

  /** Takes the service, the version, the process and the time of a request line. */
  seen(row: RequestRow): void {
    this.#processes.add(row)
  }

  /** The totals, with the sums of request lines where no totals were told. */
  with(sums: Pick<MinutesOfRows, 'minutes'>): LineTotals {
    const process = this.#process
    const isTold = coverage(this.#minutes)
    const isWanted = (pid: number): boolean =>
      process === undefined || isOfProcess({ instance: this.#processes.instanceOf(pid), pid }, process)
    const added = sums.minutes((pid, start, end) => isWanted(pid) && !isTold(pid, start, end))
    const told = this.#minutes.map(({ minute }) => minute)
    const { service, list: processes } = this.#processes
    return { usage: usageOfMinutes(told, added, process), ...service, processes }
  }
}

// A process that starts or ends within a minute has totals of a part of it.
const minOverlapMs = 1_000

function coverage(totals: readonly TotalsMinute[]): (pid: number, from: number, to: number) => boolean {
  const byPid = new Map<number, RestoredMinute[]>()
  for (const { instance, minute } of totals) {
    const pid = processOf(instance)?.pid ?? 0
    byPid.set(pid, [...(byPid.get(pid) ?? []), minute])
  }
  return (pid, from, to) =>
    (byPid.get(pid) ?? []).some((one) => Math.min(to, one.to) - Math.max(from, one.from) > minOverlapMs)
}

function usageOfMinutes(
  told: readonly RestoredMinute[],
  added: readonly RowsMinute[],
  process: string | undefined,
): UsageSource {
  const minutes = [...told, ...added]
  // Without windows, CPU is known where all of it was measured. A line that is the second part of a minute has no thread.
  const threads = minutes.flatMap(({ thread = [] }) => thread)
  const isExact =
    threads.some(({ cpuMs }) => cpuMs > 0) &&
    threads.every(({ windows }) => windows === 0) &&
    added.every(({ isMeasured }) => isMeasured)
  // Before the totals begin: they take nothing that ends later, and this thread may stand still between the two.
  const now = Date.now()
  const totals = new Totals(isExact ? { books: () => undefined } : {})
  // The minute of the last request lines is not over. One that has just begun gets a length.
  totals.restore(
    minutes.map((minute) => (minute.to > now ? { ...minute, to: Math.max(now, minute.from + 1) } : minute)),
  )
  return { read: (query) => totals.read(query), safe: (name) => name, instance: process ?? '' }
}

const maxProcesses = 1_000

/** The service and the processes that wrote lines. Request lines have only the pid; lines of totals have the host, too. */
class SeenProcesses {
  readonly #lastHeard = new Map<number, string>()
  readonly #instances = new Map<number, string>()
  #service: string | undefined
  #version: string | undefined

  add(row: RequestRow): void {
    const [pid, service, version] = [own(row, 'pid'), own(row, 'service'), own(row, 'version')]
    if (typeof service === 'string') this.#service = service
    if (typeof version === 'string') this.#version = version
    if (typeof pid !== 'number' || (!this.#lastHeard.has(pid) && this.#lastHeard.size >= maxProcesses)) return
    // Sums of ClickHouse come newest first, lines oldest first.
    const [time, known = ''] = [String(own(row, 'time')), this.#lastHeard.get(pid)]
    if (time > known) this.#lastHeard.set(pid, time)
  }

  nameInstance(instance: string): void {
    const pid = processOf(instance)?.pid
    if (pid !== undefined && this.#instances.size < maxProcesses) this.#instances.set(pid, instance)
  }

  instanceOf(pid: number): string {
    return this.#instances.get(pid) ?? unknownInstance
  }

  get service(): Pick<LineTotals, 'service' | 'version'> {
    return { service: this.#service, version: this.#version }
  }

  get list(): Session['processes'] {
    return [...this.#lastHeard].map(([pid, lastHeardAt]) => {
      const instance = this.instanceOf(pid)
      return { instance, host: processOf(instance)?.host ?? unknownInstance, pid, lastHeardAt }
    })
  }
}
