import type { WorkContext } from '../context/request-context.js'
import { currentContext, runWith, runWithout } from '../context/storage.js'

type Bound = { [name: string]: unknown; [contextKey]?: WorkContext | undefined }
type Callback = (this: Bound, ...args: unknown[]) => unknown

const contextKey = Symbol('spoor.context')

// What undici calls on a request when something happens to it: until 7, and from 8 on.
const names = ['onConnect', 'onHeaders', 'onData', 'onComplete', 'onUpgrade', 'onError'].concat([
  'onRequestStart',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onRequestUpgrade',
  'onResponseError',
])

/**
 * Lets undici tell `request`, and what stands behind it, in `context`. Else it does so in the context that opened the
 * connection, that of another request: there its interceptors make the calls of retries and redirects (undici 5 to 8).
 *
 * @param context undefined where it is not known for whom the call is made: better nobody than somebody else
 */
export function bindRequest(request: object, context: WorkContext | undefined): void {
  const bound = request as Bound
  bound[contextKey] = context
  for (const name of names) if (typeof bound[name] === 'function') bound[name] = boundCallback(bound[name] as Callback)
}

// One function per original, not per request: what it needs lies on the request.
const made = new WeakMap<Callback, Callback>()

function boundCallback(original: Callback): Callback {
  const known = made.get(original)
  if (known !== undefined) return known
  const bound: Callback = function (...args) {
    const context = this[contextKey]
    const run = (): unknown => original.apply(this, args)
    if (currentContext() === context) return run()
    return context === undefined ? runWithout(run) : runWith(context, run)
  }
  made.set(original, bound)
  return bound
}
