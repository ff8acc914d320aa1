import { Places } from '../context/places.js'
import type { WorkContext } from '../context/request-context.js'
import { reasonOf } from '../safe-values/safe-error.js'
import type { LateFigures, UsageFigures } from '../usage/figures.js'
import type { Usage } from '../usage/usage.js'
import { trackingHeaders } from './headers.js'

/** Who is measured: who asks for it by a header, everybody who may ask, everybody, or nobody. */
export type TrackingMode = 'header' | 'privileged' | 'all' | 'off'

/** For whom a request works. */
export interface Who {
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly roles: readonly string[]
}

export interface TrackingParts {
  readonly mode: TrackingMode
  /** Whether somebody may be told what his requests cost. */
  readonly allow: (who: Who) => boolean
  /** How many requests, and how many jobs, are measured at once: at most half for one account. Not in mode `all`. */
  readonly maxOpen: number
  /** So long each is measured, but for mode `all`; ms. */
  readonly maxMs: number
  /** Opens what measures, when it is first needed. */
  readonly openUsage: () => Usage
  readonly warnOnce: (about: string, message: string) => void
}

/** What was measured of a request or job that is over. */
export interface Tracked {
  readonly figures: UsageFigures
  /** When measuring ended, if that was before the end; `performance.now()`. */
  readonly truncatedAt: number | undefined
}

/** What is known of one that is open. */
interface Open {
  readonly startTick: number
  /** He who asked may see it: his response says so. */
  isShown: boolean
  isMeasured: boolean
  timer: NodeJS.Timeout | undefined
  /** Gives back its place among those measured; undefined if it has none. */
  free: (() => void) | undefined
  truncated: Tracked | undefined
}

const noAnswer =
  'tracking.allow answered neither true nor false, so nobody is tracked; it must answer at once, a promise counts for nothing'

const eventStream = /^\s*text\/event-stream\b/i

const wishes: ReadonlySet<string> = new Set(['true', '1', 'on'])

/** True for what the header `X-Debug-Resource-Tracking` says when it asks for tracking: `true`, `1` or `on`. */
function asksForTracking(header: string | undefined): boolean {
  return header !== undefined && wishes.has(header.trim().toLowerCase())
}

/**
 * The gate: decides whose requests are measured and who is told, and ends measuring in time. Whoever may not be tracked
 * gets nothing and switches nothing on, whatever he sends.
 */
export class Tracking {
  readonly #parts: TrackingParts
  readonly #open = new Map<WorkContext, Open>()
  #usage: Usage | undefined
  /** Places to be measured in, but for mode `all`. Jobs have their own, or many jobs would keep requests out. */
  readonly #requests: Places
  readonly #jobs: Places
  #isClosed = false

  constructor(parts: TrackingParts) {
    this.#parts = parts
    this.#requests = new Places(parts.maxOpen)
    this.#jobs = new Places(parts.maxOpen)
    // Here everything is charged from the start, what runs outside any request too.
    if (parts.mode === 'all') this.#usage = parts.openUsage()
  }

  /**
   * A request or job begins: in mode `all` it is measured from here, and so is a job of who is measured. A scope is
   * charged with all others of its kind.
   *
   * @param wish what `X-Debug-Resource-Tracking` says
   */
  begin(context: WorkContext, wish?: string): void {
    // Adapters serve on after close(): what would be opened then, nobody would close.
    if (this.#isClosed) return
    const { mode } = this.#parts
    const isMeasured = mode === 'all'
    // Scopes share the work of their request, whose gate is that of the instance which began it.
    if (context.kind === 'request') context.work.gate = this
    if (isMeasured) this.#usage?.begin(context)
    const isOfTracked = context.kind === 'job' && context.work.tracked && !isMeasured
    const isWaiting = context.kind === 'request' && (mode === 'privileged' || asksForTracking(wish))
    if ((!isMeasured && !isOfTracked && !isWaiting) || context.kind === 'run') return
    const open: Open = {
      startTick: performance.now(),
      isShown: false,
      isMeasured,
      timer: undefined,
      free: undefined,
      truncated: undefined,
    }
    this.#open.set(context, open)
    if (isOfTracked) this.#measure(context, open)
  }

  /**
   * Called when the account of a request becomes known or changes, by whichever instance said so. May start measuring;
   * never stops it. If the new user may not be told what it costs, the response does not tell.
   */
  identified(context: WorkContext): void {
    if (context.kind !== 'request') return
    const open = this.#open.get(context)
    if (open === undefined) {
      // What it queues after its end is marked still, unless it is somebody else's by then.
      context.work.tracked &&= this.#may(context)
      return
    }
    const may = this.#may(context)
    if (may && !open.isMeasured) this.#measure(context, open)
    open.isShown = may && open.isMeasured
    // In mode `all` nobody asked for it: where his jobs run, others may be measured.
    if (this.#parts.mode !== 'all') context.work.tracked = open.isShown
  }

  /** A job that began as one of somebody who is measured turned out to be nobody's. */
  detach(context: WorkContext): void {
    if (this.#parts.mode !== 'all') this.#leave(context)
  }

  /** It turned out to be for Spoor itself: nobody's request, booked as `watching`. */
  watch(context: WorkContext): void {
    this.#forget(context)
    this.#usage?.watch(context)
  }

  /**
   * The headers that a response carries of it; undefined for who may not see any. Event streams are never measured: they
   * may stay for days.
   */
  headers(context: WorkContext, contentType?: string): Readonly<Record<string, string>> | undefined {
    if (contentType !== undefined && eventStream.test(contentType)) this.#leave(context)
    const open = this.#open.get(context)
    if (open === undefined || !open.isShown) return undefined
    return trackingHeaders(context, open.truncated?.figures.cpu.ms ?? this.#usage?.cpuMs(context))
  }

  /** CPU so far; undefined if it is not measured. */
  cpuMs(context: WorkContext): number | undefined {
    return this.#usage?.cpuMs(context)
  }

  /**
   * It is over.
   *
   * @param onLate told once, some time afterwards, of what it used since
   * @returns what was measured of it, if it was
   */
  end(context: WorkContext, onLate: (late: LateFigures) => void): Tracked | undefined {
    const open = this.#forget(context)
    if (open === undefined || !open.isMeasured) return undefined
    if (open.truncated !== undefined) return open.truncated
    const figures = this.#usage?.end(context, onLate)
    return figures && { figures, truncatedAt: undefined }
  }

  get mode(): TrackingMode {
    return this.#parts.mode
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  /** How many are measured now. */
  get measured(): number {
    return this.#requests.taken + this.#jobs.taken
  }

  close(): void {
    this.#isClosed = true
    for (const context of this.#open.keys()) this.#forget(context)
    this.#usage?.close()
  }

  #may({ account, user, roles }: WorkContext): boolean {
    // Nobody signed in has a right to anything, whatever `allow` says of nobody.
    if (account === undefined && user === undefined) return false
    try {
      const said: unknown = this.#parts.allow({ account, user, roles: [...roles] })
      if (typeof said === 'boolean') return said
      // Nobody waits for it: a rejection must not end the process.
      if (said instanceof Promise) said.catch(() => {})
      this.#parts.warnOnce('tracking.allow answer', noAnswer)
      return false
    } catch (error) {
      this.#parts.warnOnce('tracking.allow', `tracking.allow threw, so nobody is tracked: ${reasonOf(error)}`)
      return false
    }
  }

  #measure(context: WorkContext, open: Open): void {
    const places = context.kind === 'job' ? this.#jobs : this.#requests
    // The place stays that of the account it was taken for, whatever account the request is switched to.
    const { account } = context
    if (!places.take(account)) return
    this.#usage ??= this.#parts.openUsage()
    this.#usage.begin(context, open.startTick)
    open.free = () => places.free(account)
    open.isMeasured = true
    open.timer = setTimeout(() => this.#truncate(context, open), this.#parts.maxMs)
    open.timer.unref()
  }

  #truncate(context: WorkContext, open: Open): void {
    const figures = this.#usage?.end(context)
    if (figures !== undefined) open.truncated = { figures, truncatedAt: performance.now() }
    release(open)
  }

  #leave(context: WorkContext): void {
    this.#forget(context)
    this.#usage?.drop(context)
    context.work.tracked = false
  }

  #forget(context: WorkContext): Open | undefined {
    const open = this.#open.get(context)
    this.#open.delete(context)
    if (open !== undefined) release(open)
    return open
  }
}

/** Gives its place and its timer back, once. */
function release(open: Open): void {
  clearTimeout(open.timer)
  open.free?.()
  open.timer = undefined
  open.free = undefined
}
