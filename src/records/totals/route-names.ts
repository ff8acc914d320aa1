import { other } from './account-names.js'
import { Names } from './names.js'

/** The name of a route's row. A job and `(no route)` have no method. */
export interface RouteName {
  readonly method: string | undefined
  readonly route: string
}

/** The number of requests for which no route matched. */
export const noRoute = 1
/** Numbers of routes are below this number, so that a pair of account and route is one small integer. */
export const maxRoutes = 8_192
const longest = 200

/** The numbers of routes. */
export class RouteNames extends Names<RouteName> {
  // Patterns and methods are the same strings for each request, so V8 has their hashes. A text of both has none.
  readonly #ids: Map<string, Map<string | undefined, number>>

  constructor() {
    const ids = new Map<string, Map<string | undefined, number>>()
    const fixed = [
      { method: undefined, route: '(other)' },
      { method: undefined, route: '(no route)' },
    ]
    super(fixed, maxRoutes, ({ method, route }) => {
      const methods = ids.get(route)
      methods?.delete(method)
      if (methods?.size === 0) ids.delete(route)
    })
    this.#ids = ids
  }

  idOf(method: string | undefined, route: string | undefined): number {
    if (route === undefined) return noRoute
    const text = route.length > longest ? route.slice(0, longest) : route
    return this.#ids.get(text)?.get(method) ?? this.#added(method, text)
  }

  /** The number of the jobs, or of the scopes, of one name. */
  idOfNamed(kind: 'job' | 'run', name: string | undefined): number {
    const text = name === undefined ? kind : `${kind} ${name}`
    return this.idOf(undefined, text)
  }

  #added(method: string | undefined, route: string): number {
    const id = this.add({ method, route })
    if (id === undefined) return other
    const methods = this.#ids.get(route)
    if (methods === undefined) this.#ids.set(route, new Map([[method, id]]))
    else methods.set(method, id)
    return id
  }
}
