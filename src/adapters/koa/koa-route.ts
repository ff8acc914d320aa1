import type { Context } from 'koa'

/** A route of @koa/router, or what `router.use` adds: it then has no methods. */
interface Layer {
  readonly path: string | RegExp
  readonly methods: readonly string[]
  match(path: string): boolean
}

/** What @koa/router and koa-mount write on a context. */
interface Routed {
  /** The layers that match the path, of all routers that were asked. */
  readonly matched?: readonly Layer[]
  /** The path of the layer that was reached last; absent if no route matched path and method. */
  readonly _matchedRoute?: string | RegExp
  /** Where koa-mount has mounted the innermost app. Within, paths are without it. */
  readonly mountPath?: string
}

/** The pattern of the route of @koa/router that was reached, or would have been; undefined if none matched. */
export function routeOf(ctx: Context): string | undefined {
  const { matched, _matchedRoute: reached } = ctx as Routed
  if (matched === undefined || reached === undefined) return undefined
  const routes = matched.filter(({ methods }) => methods.includes(ctx.method))
  // A middleware of a router answered: the first route would have been next.
  const route = routes.findLast(({ path }) => path === reached) ?? routes[0]
  if (route === undefined) return undefined
  return mountOf(ctx, route) + (typeof route.path === 'string' ? route.path : route.path.source)
}

/** The path of the mount that the route is below. */
function mountOf(ctx: Context, route: Layer): string {
  const { mountPath } = ctx as Routed
  if (typeof mountPath !== 'string' || mountPath === '/') return ''
  const [path = ''] = ctx.originalUrl.split('?')
  // The request has left the mount, and a router outside answered.
  if (route.match(path)) return ''
  // An outer mount is not known: the requested path may hold values from callers.
  return path.startsWith(mountPath) ? mountPath : `/*${mountPath}`
}
