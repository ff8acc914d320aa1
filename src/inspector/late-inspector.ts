import type { RequestAdapter } from '../lifecycle/adapter.js'
import type { Inspector } from './inspector.js'
import { finished } from './respond.js'

/** An inspector that is loaded with its first request: most processes never need it. */
export function lateInspector(adapter: RequestAdapter, load: () => Promise<Inspector>): Inspector {
  let loading: Promise<Inspector> | undefined
  let isClosed = false
  return {
    handle: async (exchange, target, resolve) => {
      exchange.takeOut()
      try {
        loading ??= load().then((inspector) => {
          if (isClosed) inspector.close()
          return inspector
        })
        return await (await loading).handle(exchange, target, resolve)
      } catch (error) {
        // A file of the package may be missing during a deployment. The next request tries again.
        loading = undefined
        return finished(adapter.fail(exchange, error), {})
      }
    },
    close: () => {
      isClosed = true
      loading?.then(
        (inspector) => inspector.close(),
        () => {},
      )
    },
  }
}
