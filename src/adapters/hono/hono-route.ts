import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'

/** The pattern of what answered a request: of its route, or of the mount or middleware that answered before one was reached. */
export function patternOf(c: Context): string | undefined {
  const { matchedRoutes, routeIndex } = c.req
  const reached = matchedRoutes[routeIndex]
  return routeOf(c) ?? (reached === undefined || reached.path === '/*' ? undefined : reached.path)
}

/** The pattern of the route that was reached, or would have been next; undefined if no route matched. */
export function routeOf(c: Context): string | undefined {
  const { matchedRoutes, routeIndex } = c.req
  return matchedRoutes.slice(routeIndex).find(isRoute)?.path
}

/** The pattern below a mount: `/api/*` and `/posts/:id` are `/api/posts/:id`. */
export function joined(outer: string | undefined, inner: string | undefined): string | undefined {
  if (inner === undefined || !outer?.endsWith('/*')) return outer ?? inner
  const mount = outer.slice(0, -2)
  return inner.startsWith(`${mount}/`) ? inner : mount + inner
}

/** The pattern of the first route that stands before the handler that `isOurs` finds; undefined without one. */
export function routeBefore(c: Context, isOurs: (handler: unknown) => boolean): string | undefined {
  const { matchedRoutes } = c.req
  const at = matchedRoutes.findIndex(({ handler }) => isOurs(innermost(handler)))
  return matchedRoutes.slice(0, Math.max(at, 0)).find(isRoute)?.path
}

// `app.use` and `app.mount` add handlers for all methods, usually below a `*`.
function isRoute({ method, path }: RouterRoute): boolean {
  return method !== 'ALL' || !path.endsWith('*')
}

/** A sub-app with its own error handler wraps its handlers when it is mounted. */
function innermost(handler: unknown): unknown {
  const { __COMPOSED_HANDLER: inner } = handler as { __COMPOSED_HANDLER?: unknown }
  return inner === undefined ? handler : innermost(inner)
}
