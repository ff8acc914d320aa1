import type { RequestContext, WorkContext } from '../context/request-context.js'
import { reasonOf } from '../safe-values/safe-error.js'
import type { RecordOwn } from './request-record.js'

/** A request or job that has ended. */
export interface EndedWork {
  readonly context: WorkContext
  readonly durationMs: number
  /** The status of the error that made it fail, if there was one. */
  readonly failed: number | undefined
  readonly own: RecordOwn
}

/** Hears what happens in one instance. */
export interface Observer {
  /** A request or job has ended. */
  ended(work: EndedWork): void
  /** Work used CPU, in ms: measured, or estimated from a window. `account` is undefined for work without an account. */
  usedCpu(account: RequestContext['account'], ms: number): void
  /** The instance was closed. */
  closed(): void
}

/** The observers of one instance. */
export class Observers {
  readonly #all = new Set<Observer>()
  readonly #warnOnce: (about: string, message: string) => void

  /** @param warnOnce told of an error that an observer throws: requests do not fail by it */
  constructor(warnOnce: (about: string, message: string) => void) {
    this.#warnOnce = warnOnce
  }

  /** @returns a function that removes the observer */
  add(observer: Observer): () => void {
    this.#all.add(observer)
    return () => void this.#all.delete(observer)
  }

  get isEmpty(): boolean {
    return this.#all.size === 0
  }

  ended(work: EndedWork): void {
    this.#tell((observer) => observer.ended(work))
  }

  usedCpu(account: string | undefined, ms: number): void {
    this.#tell((observer) => observer.usedCpu(account, ms))
  }

  closed(): void {
    this.#tell((observer) => observer.closed())
    this.#all.clear()
  }

  #tell(by: (observer: Observer) => void): void {
    for (const observer of this.#all) {
      try {
        by(observer)
      } catch (error) {
        this.#warnOnce('observer', `an end of a request was not observed: ${reasonOf(error)}`)
      }
    }
  }
}
