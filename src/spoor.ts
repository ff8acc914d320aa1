import { applyIdentity, type Identity, IdentityError } from './context/identity.js'
import type { RequestContext } from './context/request-context.js'
import { currentContext } from './context/storage.js'
import { Lifecycle } from './lifecycle.js'
import { checkOptions } from './options.js'
import { type SpoorOptions, safeErrorLevel, spoorOptions } from './spoor-options.js'

/** What follows the requests of one service. Adapters take it, the service asks it. */
export interface Spoor {
  /** The context of the request that is being worked for, or undefined outside any. */
  context(): RequestContext | undefined
  /**
   * Says for whom the current request works, when that is known later than the adapter's resolver.
   *
   * @throws IdentityError outside a request, for what is no identity, and for another account than before unless
   * `switch` is true
   */
  identify(identity: Identity, options?: { switch?: boolean }): void
  /** Resolves when every line written so far has been handed to the system. */
  flush(): Promise<void>
  /** Writes what is open. May be called twice. It does not close `logs`. */
  close(): Promise<void>
  /** For adapters: what happens to a request, begin → run → finish. */
  readonly lifecycle: Lifecycle
}

/**
 * Makes the Spoor of a service.
 *
 * @example
 * export const spoor: Spoor = createSpoor({ service: 'publisher', version: '1.0.0', logs })
 *
 * @throws OptionsError at once, with every mistake
 */
export function createSpoor<const Name extends string>(options: SpoorOptions<Name>): Spoor {
  checkOptions('createSpoor', options, spoorOptions)
  const { logs } = options
  const lifecycle = new Lifecycle({
    service: options.service,
    version: options.version,
    requests: logs.get('requests'),
    root: logs.root,
    trusts: trusted(options.requestId?.trust ?? false),
    ignores: options.ignore ?? (() => false),
    errors: {
      format: options.errors?.format ?? 'problem',
      map: options.errors?.map,
      level: safeErrorLevel(options.errors?.level),
    },
  })
  return {
    context: currentContext,
    identify,
    flush: () => logs.flush(),
    close: () => logs.flush(),
    lifecycle,
  }
}

function identify(identity: Identity, options: { switch?: boolean } = {}): void {
  const context = currentContext()
  if (context === undefined) {
    throw new IdentityError(
      'ERR_SPOOR_NO_CONTEXT',
      'identify: called outside any request; call it from a handler or middleware behind the adapter',
    )
  }
  applyIdentity(context, identity, options)
}

function trusted(trust: boolean | readonly string[]): (remoteAddress: string | undefined) => boolean {
  if (typeof trust === 'boolean') return () => trust
  const addresses = new Set(trust)
  return (remoteAddress) => remoteAddress !== undefined && addresses.has(remoteAddress)
}
