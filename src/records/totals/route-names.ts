import { withoutOperation } from '../../context/graphql-operation.js'
import { other } from './account-names.js'
import { Names } from './names.js'

/** The name of a route's row. A job and `(no route)` have no method. */
export interface RouteName {
  readonly method: string | undefined
  readonly route: string
}

/** The number of requests for which no route matched. */
const noRoute = 1
/** Numbers of routes are below this number, so that a pair of account and route is one small integer. */
export const maxRoutes = 8_192
const longest = 200
/** The most operations of GraphQL that one route has rows for. Callers choose their names. */
const maxOperations = 100

/** The numbers of routes. */
export class RouteNames extends Names<RouteName> {
  // Patterns and methods are the same strings for each request, so V8 has their hashes. A text of both has none.
  readonly #ids: Map<string, Map<string | undefined, number>>
  /** The number of operations of each route that has some. */
  readonly #operations: Map<string, number>

  constructor() {
    const ids = new Map<string, Map<string | undefined, number>>()
    const operations = new Map<string, number>()
    const fixed = [
      { method: undefined, route: '(other)' },
      { method: undefined, route: '(no route)' },
    ]
    super(fixed, maxRoutes, ({ method, route }) => {
      const methods = ids.get(route)
      methods?.delete(method)
      if (methods?.size === 0) ids.delete(route)
      countOperation(operations, operationRoute(method, route), -1)
    })
    this.#ids = ids
    this.#operations = operations
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
    const plain = operationRoute(method, route)
    // Further operations count for their route.
    if (plain !== undefined && (this.#operations.get(plain) ?? 0) >= maxOperations) return this.idOf(method, plain)
    const id = this.add({ method, route })
    if (id === undefined) return other
    countOperation(this.#operations, plain, 1)
    const methods = this.#ids.get(route)
    if (methods === undefined) this.#ids.set(route, new Map([[method, id]]))
    else methods.set(method, id)
    return id
  }
}

/** The route of an operation without the operation. A job of any name has none. */
function operationRoute(method: string | undefined, route: string): string | undefined {
  return method === undefined ? undefined : withoutOperation(route)
}

function countOperation(operations: Map<string, number>, route: string | undefined, by: 1 | -1): void {
  if (route === undefined) return
  const count = (operations.get(route) ?? 0) + by
  if (count > 0) operations.set(route, count)
  else operations.delete(route)
}
