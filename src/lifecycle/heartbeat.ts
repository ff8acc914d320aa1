import { runDetached } from '../context/storage.js'
import { instance } from '../process/instance.js'
import type { LiveRequest } from '../records/live-request.js'
import type { Service } from '../records/request-record.js'
import type { LiveStore, ProcessFacts } from '../records/shared-store.js'

const everyMs = 1_000

/** The parts of a heartbeat. */
export interface HeartbeatParts {
  readonly store: LiveStore
  readonly service: Service
  /** Tells this process from others of the same name. */
  readonly run: string
  /** What is open now, as readers see it. */
  open(): Iterable<LiveRequest>
  onFailure(error: unknown): void
}

/**
 * Tells a store every second that this process lives, and what is open in it. Skips a beat while the last one is under way.
 *
 * @returns a function that tells that the process ends
 */
export function startHeartbeat({ store, service, run, open, onFailure }: HeartbeatParts): () => Promise<void> {
  const facts: ProcessFacts = {
    instance,
    run,
    ...service,
    node: process.version,
    startedAt: new Date(performance.timeOrigin).toISOString(),
  }
  let underWay: Promise<void> | undefined
  const beat = async (): Promise<void> => {
    try {
      await store.beat(facts, [...open()])
    } catch (error) {
      onFailure(error)
    }
    underWay = undefined
  }
  const tick = (): void => {
    underWay ??= beat()
  }
  const timer = runDetached(() => {
    tick()
    return setInterval(tick, everyMs)
  })
  timer.unref()
  return async () => {
    clearInterval(timer)
    await underWay
    try {
      await store.leave(instance, run)
    } catch {
      // It is listed as lost for a while.
    }
  }
}
