import type { WorkContext } from '../context/request-context.js'
import { runDetached } from '../context/storage.js'
import { reasonOf } from '../safe-values/safe-error.js'
import type { LateFigures, UsageFigures } from '../usage/figures.js'
import type { Usage } from '../usage/usage.js'
import type { WindowSettings } from '../usage/window-schedule.js'
import type { JoinedWindows, OnWindow, WindowResult } from '../usage/windows.js'
import { Places } from '../work/places.js'
import { trackingHeaders } from './headers.js'
import { type OpenRequest, OpenRequests } from './open-requests.js'
import { ownWindow } from './own-window.js'

/** Which requests and jobs are measured. @see TrackingOptions.mode */
export type TrackingMode = 'header' | 'privileged' | 'all' | 'off'

/** The user a request works for, as the account resolver returned it. */
export interface Who {
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly roles: readonly string[]
}

/** The parts of the gate. */
export interface TrackingParts {
  readonly mode: TrackingMode
  /** Returns true for users who may see what their requests cost. */
  readonly allow: (who: Who) => boolean
  /** How many requests, and how many jobs, are measured at once. One account gets at most half. Ignored in mode `all`. */
  readonly maxOpen: number
  /** How long each is measured, in ms. Ignored in mode `all`. */
  readonly maxMs: number
  /** How often all work is measured for a short time; undefined for never. Ignored in mode `all`. */
  readonly windows?: WindowSettings | undefined
  /** Opens the measuring when it is first needed. */
  readonly openUsage: () => Usage
  readonly warnOnce: (about: string, message: string) => void
}

/** The figures of a request or job that has ended. */
export interface Tracked {
  readonly figures: UsageFigures
  /** When measuring ended, if that was before the request's end; `performance.now()`. */
  readonly truncatedAt: number | undefined
}

const noAnswer =
  'tracking.allow: expected true or false, got something else, so the user is not tracked; answer at once, not by a promise'

/** How long after the first work windows begin. */
const windowsAfterMs = 50

const eventStream = /^\s*text\/event-stream\b/i

const wishes: ReadonlySet<string> = new Set(['true', '1', 'on'])

/** True if the header `X-Debug-Resource-Tracking` asks for tracking: `true`, `1` or `on`. */
function asksForTracking(header: string | undefined): boolean {
  return header !== undefined && wishes.has(header.trim().toLowerCase())
}

/**
 * The gate of measuring. It decides which requests are measured and which responses show the cost, and it ends
 * measuring in time. A user whom `allow` refuses sees no cost and starts no measuring.
 */
export class Tracking {
  readonly #parts: TrackingParts
  readonly #open = new OpenRequests()
  #usage: Usage | undefined
  #onWindow: OnWindow | undefined
  #windows: JoinedWindows | undefined
  /** The places of measured requests. Jobs have places of their own, or many jobs would keep requests out. */
  readonly #requests: Places
  readonly #jobs: Places
  #isClosed = false

  constructor(parts: TrackingParts) {
    this.#parts = parts
    this.#requests = new Places(parts.maxOpen)
    this.#jobs = new Places(parts.maxOpen)
    // This mode also charges work outside any request, so it measures from the start.
    if (parts.mode === 'all') this.#usage = parts.openUsage()
  }

  /**
   * Called when a request, job or scope begins. Measuring starts here in mode `all`, and for the jobs of a measured request.
   * Scopes are never measured one by one: all scopes are charged together.
   *
   * @param wish the header `X-Debug-Resource-Tracking`
   * @param answeredAt when the response before this request on its connection began; undefined for the first one
   */
  begin(context: WorkContext, wish?: string, answeredAt?: number): void {
    // Adapters keep serving after close(). Measuring that opens then would never be closed.
    if (this.#isClosed) return
    const { mode } = this.#parts
    const isMeasured = mode === 'all'
    const { work } = context
    // A scope shares the work of its request. The request's gate belongs to the instance that began the request.
    if (context.kind === 'request') work.gate = this
    else work.gate ??= this
    if (isMeasured) this.#usage?.begin(context, undefined, answeredAt)
    else if (this.#windows === undefined) this.#joinWindowsSoon()
    else this.#windows.began(context, answeredAt)
    const isOfTracked = context.kind === 'job' && work.tracked && !isMeasured
    const isWaiting = context.kind === 'request' && (mode === 'privileged' || asksForTracking(wish))
    if ((!isMeasured && !isOfTracked && !isWaiting) || context.kind === 'run') return
    const open = this.#open.add(context, isMeasured)
    if (isOfTracked) this.#measure(context, open)
  }

  /**
   * Called when the account of a request becomes known or changes, also by another instance. May start measuring; never
   * stops it. If `allow` refuses the new user, the tracking headers are withheld.
   */
  identified(context: WorkContext): void {
    if (context.kind !== 'request') return
    const open = this.#open.get(context)
    if (open === undefined) {
      // The request is over. Jobs that it queues now are still measured, unless `allow` refuses the new user.
      context.work.tracked &&= this.#may(context)
      return
    }
    const may = this.#may(context)
    if (may && !open.isMeasured) this.#measure(context, open)
    open.isShown = may && open.isMeasured
    // Mode `all` marks no jobs: the process that runs them may measure other users only.
    if (this.#parts.mode !== 'all') context.work.tracked = open.isShown
  }

  /** Stops measuring a job that turned out not to belong to the request that carried it. */
  detach(context: WorkContext): void {
    if (this.#parts.mode !== 'all') this.#leave(context)
  }

  /** Excludes a request that is for Spoor itself: its cost is charged to the overhead. */
  exclude(context: WorkContext): void {
    this.#windows?.ended()
    this.#forget(context)
    this.#usage?.watch(context)
  }

  /**
   * The tracking headers of a response; undefined if the user may not see them. Event streams are not measured, because they
   * may stay open for days.
   */
  headers(context: WorkContext, contentType?: string): Readonly<Record<string, string>> | undefined {
    if (contentType !== undefined && eventStream.test(contentType)) this.#leave(context)
    const open = this.#open.get(context)
    if (open === undefined || !open.isShown) return undefined
    const { cpu, heldUp } = open.truncated?.figures ?? {}
    const heldUpMs = (heldUp ?? context.work.charge?.heldUp)?.ms
    return trackingHeaders(context, cpu?.ms ?? this.#usage?.cpuMs(context), heldUpMs)
  }

  /** CPU time so far, in ms; undefined if the request is not measured. */
  cpuMs(context: WorkContext): number | undefined {
    return this.#usage?.cpuMs(context)
  }

  /**
   * Called when a request or job ends.
   *
   * @param onLate called once, some time later, with the work done since the end
   * @returns the figures, if the request or job was measured
   */
  end(context: WorkContext, onLate: (late: LateFigures) => void): Tracked | undefined {
    this.#windows?.ended()
    const open = this.#forget(context)
    if (open === undefined || !open.isMeasured) return undefined
    if (open.truncated !== undefined) return open.truncated
    const figures = this.#usage?.end(context, onLate)
    return figures && { figures, truncatedAt: undefined }
  }

  /** True if requests of a user may be measured. */
  mayMeasure({ account, user, roles }: Who): boolean {
    return this.#may({ account, user, roles: [...roles] })
  }

  get mode(): TrackingMode {
    return this.#parts.mode
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  /**
   * Measures all work in windows, and calls `listener` with each window, without the work of other instances. Does nothing in mode
   * `all`, which measures everything, and without windows.
   */
  onWindow(listener: OnWindow): void {
    if (this.#parts.mode !== 'all') this.#onWindow = listener
  }

  /** How many requests and jobs are measured now. Always 0 in mode `all`. */
  get measured(): number {
    return this.#requests.taken + this.#jobs.taken
  }

  close(): void {
    this.#isClosed = true
    for (const { context } of this.#open) this.#forget(context)
    this.#usage?.close()
  }

  /**
   * Windows begin soon after the first work: opening the engine takes some ms, which must not delay the start of a process or its
   * first request.
   */
  #joinWindowsSoon(): void {
    const [listener, { windows }] = [this.#onWindow, this.#parts]
    if (listener === undefined || windows === undefined) return
    this.#onWindow = undefined
    const join = (): void => {
      if (this.#isClosed) return
      const usage = this.#openedUsage()
      if (usage === undefined) this.#onWindow = listener
      this.#windows = usage?.joinWindows(windows, (window) => this.#tell(listener, window))
    }
    runDetached(() => setTimeout(join, windowsAfterMs)).unref()
  }

  #tell(listener: OnWindow, window: WindowResult): void {
    try {
      listener(ownWindow(window, this))
    } catch (error) {
      // An error in a timer would end the process.
      this.#parts.warnOnce('tracking.windows', `tracking.windows: a window was not counted: ${reasonOf(error)}`)
    }
  }

  #may({ account, user, roles }: Pick<WorkContext, 'account' | 'user' | 'roles'>): boolean {
    // An anonymous request has no rights, even if `allow` returns true.
    if (account === undefined && user === undefined) return false
    try {
      const answer: unknown = this.#parts.allow({ account, user, roles: [...roles] })
      if (typeof answer === 'boolean') return answer
      // An unhandled rejection must not end the process.
      if (answer instanceof Promise) answer.catch(() => {})
      this.#parts.warnOnce('tracking.allow answer', noAnswer)
      return false
    } catch (error) {
      this.#parts.warnOnce(
        'tracking.allow',
        `tracking.allow: threw ${reasonOf(error)}, so the user is not tracked; return true or false`,
      )
      return false
    }
  }

  #measure(context: WorkContext, open: OpenRequest): void {
    const places = context.kind === 'job' ? this.#jobs : this.#requests
    // The place belongs to the account that took it, also if the request switches to another account.
    const { account } = context
    const usage = this.#openedUsage()
    if (usage === undefined || !places.take(account)) return
    usage.begin(context, open.startTick)
    open.place = { places, account }
    open.isMeasured = true
    open.timer = setTimeout(() => this.#truncate(context, open), this.#parts.maxMs)
    open.timer.unref()
  }

  /** Loads the code that measures. Without free file descriptors that fails, and no request may fail because of it. */
  #openedUsage(): Usage | undefined {
    try {
      this.#usage ??= this.#parts.openUsage()
    } catch (error) {
      this.#parts.warnOnce(
        'tracking.load',
        `tracking: the code that measures cannot be loaded, so requests are not measured: ${reasonOf(error)}`,
      )
    }
    return this.#usage
  }

  #truncate(context: WorkContext, open: OpenRequest): void {
    const figures = this.#usage?.end(context)
    if (figures !== undefined) open.truncated = { figures, truncatedAt: performance.now() }
    release(open)
  }

  #leave(context: WorkContext): void {
    this.#forget(context)
    this.#usage?.drop(context)
    context.work.tracked = false
  }

  #forget(context: WorkContext): OpenRequest | undefined {
    const open = this.#open.get(context)
    if (open === undefined) return undefined
    this.#open.delete(open)
    release(open)
    return open
  }
}

/** Frees the place and the timer, once. */
function release(open: OpenRequest): void {
  clearTimeout(open.timer)
  open.place?.places.free(open.place.account)
  open.timer = open.place = undefined
}
