import { type GraphqlOperation, operationText } from '../context/graphql-operation.js'
import { currentContext } from '../context/storage.js'
import { listen, type OnFault } from '../process/channels.js'
import { oncePerProcess } from '../process/once.js'
import { foldIds } from '../safe-values/fold-ids.js'
import { withoutSecretSegments } from '../safe-values/safe-path.js'
import { mayHoldKey } from '../safe-values/secret-shapes.js'
import type { Operations, RouteSource } from '../work/work.js'

/** What this process knows of GraphQL. */
interface Graphql {
  /** The instances that follow operations. Each hears of errors of Spoor's own code. */
  readonly followers: Set<OnFault>
  stop: (() => void) | undefined
  /** The paths, without ids, of the endpoints that have no route. */
  readonly endpoints: Set<string>
}

const graphql: Graphql = oncePerProcess('graphql.1', () => ({
  followers: new Set(),
  stop: undefined,
  endpoints: new Set(),
}))

/** From graphql 17 on, the package graphql publishes on these channels each operation that it executes. */
const channels = ['tracing:graphql:execute:start', 'tracing:graphql:subscribe:start']

/**
 * Puts the operations that graphql executes into the routes of their requests, for one instance.
 *
 * @returns a function that ends it
 */
export function followOperations(onFault: OnFault): () => void {
  graphql.followers.add(onFault)
  graphql.stop ??= listen(
    Object.fromEntries(channels.map((name) => [name, (message: GraphqlOperation) => note('graphql', message)])),
    reportFault,
  )
  return () => {
    if (!graphql.followers.delete(onFault) || graphql.followers.size > 0) return
    graphql.stop?.()
    graphql.stop = undefined
  }
}

/** Puts an operation that a GraphQL server reports into the route of the current request. Never throws. */
export function noteOperation(operation: GraphqlOperation): void {
  try {
    note('server', operation)
  } catch (error) {
    reportFault(error)
  }
}

function reportFault(error: unknown): void {
  for (const follower of graphql.followers) follower(error)
}

function note(by: Operations['by'], operation: GraphqlOperation): void {
  const source = currentContext()?.work.routeSource
  // A WebSocket carries any number of operations.
  if (source === undefined || source.leavesHttp) return
  const text = operationText(operation)
  if (text === undefined) return
  const known = source.operations
  if (known === undefined) begin(source, { by, schema: operation.schema, text, endpoint: '', count: 1 })
  // A server that reports its operations may execute them with graphql 17, which publishes them too. An operation of another
  // schema is part of the first one: gateways and stitched schemas ask other schemas. A subscription executes for each event.
  else if (known.by === by && known.schema === operation.schema && !text.startsWith('subscription')) known.count++
}

function begin(source: RouteSource, operations: Operations): void {
  const pattern = source.route
  // First: the adapter for Express returns the pattern of a mount only for requests with an operation.
  source.operations = operations
  operations.endpoint = pattern?.() ?? endpointOf(source.request.path)
  source.route = routeWith(pattern, operations)
}

// Not written where it is assigned: V8 puts such a function into the old generation, and with it its request (decision 0125).
function routeWith(pattern: RouteSource['route'], operations: Operations): () => string {
  return () => `${pattern?.() ?? operations.endpoint} ${wordsOf(operations)}`
}

function wordsOf({ text, count }: Operations): string {
  return count === 1 ? text : `${count} operations`
}

const maxEndpoints = 20
const words = /^(?:\/[\w.:-]{0,40}){1,8}$/
/** Stands for a path whose pattern is unknown, as in the adapter for Express. */
const unknown = '/*'

/** Where no route matched, the path tells endpoints apart. Callers may choose it: a handler of every path answers all of them. */
function endpointOf(path: string): string {
  const endpoint = foldIds(withoutSecretSegments(path, ':id'))
  if (graphql.endpoints.has(endpoint)) return endpoint
  if (graphql.endpoints.size >= maxEndpoints || !words.test(endpoint) || mayHoldKey(endpoint)) return unknown
  graphql.endpoints.add(endpoint)
  return endpoint
}
