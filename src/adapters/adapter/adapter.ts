import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../context/identity.js'
import type { ErrorAnswer } from '../../errors/answer.js'
import type { Exchange } from '../../http/exchange.js'
import { sendAnswer, sendGuarded } from '../../http/send-answer.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'

export type { Identity, Spoor }

/** A request that Spoor follows. `Adapter.begin` returns it. */
export interface FollowedRequest {
  readonly requestId: string
  /** Set it to a function that returns the route's pattern, such as `/posts/:id`. It is called once, at the end. */
  route: (() => string | undefined) | undefined
}

/** An answer that is ready to be sent: a failure in the shape of the option `errors`. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What an adapter needs of a Spoor: it translates between its framework and these calls, and decides nothing. */
export interface Adapter {
  /**
   * Begins a request: it gets its context and id, and the response gets the header. Call it first. Further calls for the
   * same request, also by other adapters or instances, return the same value.
   */
  begin(request: IncomingMessage, response: ServerResponse): FollowedRequest
  /** Marks the request as mounted. Returns false if it was marked before: the adapter is mounted twice. */
  markMounted(followed: FollowedRequest): boolean
  /** Runs `fn`, and everything it starts, in the request's context. */
  run<T>(request: IncomingMessage, fn: () => T): T
  /** Runs a later part of the adapter in the request's context. Notes on the request line if the context was lost. */
  resume<T>(followed: FollowedRequest, fn: () => T): T
  /**
   * Calls the account resolver and keeps its answer.
   *
   * @returns undefined if the resolver answered at once, else a promise
   * @throws whatever the resolver throws, and IdentityError for an invalid answer; pass it to `fail`
   */
  identify(
    followed: FollowedRequest,
    resolve: () => Identity | undefined | Promise<Identity | undefined>,
  ): undefined | Promise<void>
  /** Logs a failure once, with its stack, and returns the answer. */
  fail(followed: FollowedRequest, error: unknown): Answer
  /** Logs that no route answered, and returns the answer. */
  notFound(followed: FollowedRequest): Answer
  /** Sends an answer on Node's response. Does nothing after the response was sent; cuts one that is under way. */
  send(response: ServerResponse, answer: Answer): void
  /**
   * Answers a request below the inspector's mount.
   *
   * @param target the URL below the mount: `/api/requests?limit=1`
   * @returns undefined if `createSpoor` has no option `inspector`, after a warning: let the framework answer
   */
  inspect(
    followed: FollowedRequest,
    response: ServerResponse,
    target: string,
    resolve: () => Identity | undefined | Promise<Identity | undefined>,
  ): Promise<void> | undefined
  /**
   * Writes a warning once, by the root logger.
   *
   * @param about identifies the warning; never text from a caller
   */
  warnOnce(about: string, message: string): void
}

/**
 * The interface between a framework and a Spoor, for adapters. docs/adapters.md shows a complete one.
 *
 * @param name the adapter's function, for messages: `spoorKoa`
 * @throws OptionsError if `spoor` is not what `createSpoor` returns
 *
 * @example
 * const adapter = adapterOf('spoorTiny', spoor)
 */
export function adapterOf(name: string, spoor: Spoor): Adapter {
  checkAdapter(name, spoor, {}, {})
  return new SpoorAdapter(spoor)
}

class SpoorAdapter implements Adapter {
  readonly #spoor: Spoor

  constructor(spoor: Spoor) {
    this.#spoor = spoor
  }

  begin(request: IncomingMessage, response: ServerResponse): FollowedRequest {
    return this.#spoor.lifecycle.begin(request, response)
  }

  markMounted(followed: FollowedRequest): boolean {
    return this.#spoor.lifecycle.enter(followed as Exchange)
  }

  run<T>(request: IncomingMessage, fn: () => T): T {
    return this.#spoor.lifecycle.run(request, fn)
  }

  resume<T>(followed: FollowedRequest, fn: () => T): T {
    return this.#spoor.lifecycle.resume(followed as Exchange, fn)
  }

  identify(followed: FollowedRequest, resolve: Parameters<Adapter['identify']>[1]): undefined | Promise<void> {
    return this.#spoor.lifecycle.identify(followed as Exchange, resolve)
  }

  fail(followed: FollowedRequest, error: unknown): ErrorAnswer {
    return this.#spoor.lifecycle.fail(followed as Exchange, error)
  }

  notFound(followed: FollowedRequest): ErrorAnswer {
    return this.#spoor.lifecycle.notFound(followed as Exchange)
  }

  send(response: ServerResponse, answer: Answer): void {
    sendAnswer(response, answer)
  }

  inspect(
    followed: FollowedRequest,
    response: ServerResponse,
    target: string,
    resolve: Parameters<Adapter['inspect']>[3],
  ): Promise<void> | undefined {
    const { inspector } = this.#spoor
    if (inspector === undefined) {
      this.warnOnce('no inspector', noInspector)
      return undefined
    }
    return this.resume(followed, async () => {
      sendGuarded(response, await inspector.handle(followed as Exchange, target, resolve))
    })
  }

  warnOnce(about: string, message: string): void {
    this.#spoor.lifecycle.warnOnce(about, message)
  }
}
