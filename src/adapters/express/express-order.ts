import type { Request, RequestHandler } from 'express'
import { isExpress4 } from './express-version.js'

/** An entry of Express's router: a `use` or a route. */
interface Layer {
  handle?: { length: number; stack?: Layer[] }
  name?: string
  route?: { path?: unknown }
  /** Mounted at `/`: in Express 5, and in Express 4. */
  slash?: boolean
  regexp?: { fast_slash?: boolean }
}

/** Names the part of the application that is mounted behind `handler` and is never reached; undefined if there is none. */
export function routeBehind(request: Request, handler: RequestHandler): string | undefined {
  const { stack, at } = placeOf(request, (one) => one === handler)
  // Below a path, the handler ends only the requests below that path.
  if (!isAtRoot(stack[at])) return undefined
  const behind = stack.slice(at + 1).find((layer) => layer.handle?.length !== 4)
  if (behind === undefined) return undefined
  return behind.route
    ? `the route ${String(behind.route.path)}`
    : `a ${behind.name === 'router' ? 'router' : 'middleware'}`
}

/**
 * Names the first route that is mounted before the handler that `isHandler` finds, in the same application; undefined
 * without such a route. Middleware may stand before the handler.
 */
export function routeBefore(request: Request, isHandler: (handler: unknown) => boolean): string | undefined {
  const { stack, at } = placeOf(request, isHandler)
  // Below a path, the handler was not meant for the routes before it.
  if (!isAtRoot(stack[at])) return undefined
  const seen = new Set()
  for (const layer of stack.slice(0, at)) {
    if (layer.route) return `the route ${String(layer.route.path)}`
    const inside = routeInside(layer, seen)
    if (inside !== undefined) return `a router with the route ${inside}`
  }
  return undefined
}

function isAtRoot(layer: Layer | undefined): boolean {
  return layer?.slash === true || layer?.regexp?.fast_slash === true
}

/** The first route in a router. @param seen the routers so far: a router may contain itself */
function routeInside({ handle, route }: Layer, seen: Set<unknown>): string | undefined {
  if (route) return String(route.path)
  if (handle?.stack === undefined || seen.has(handle)) return undefined
  seen.add(handle)
  for (const inner of handle.stack) {
    const found = routeInside(inner, seen)
    if (found !== undefined) return found
  }
  return undefined
}

/** The router stack of the request's application, and the place of a handler in the stack; -1 if it is elsewhere. */
function placeOf(request: Request, isHandler: (handler: unknown) => boolean): { stack: Layer[]; at: number } {
  // In Express 4 `app.router` throws.
  const app = request.app as { [name in 'router' | '_router']?: { stack?: Layer[] } } | undefined
  const stack = app?.[isExpress4(app) ? '_router' : 'router']?.stack ?? []
  return { stack, at: stack.findIndex((layer) => isHandler(layer.handle)) }
}
