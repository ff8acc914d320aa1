import type { GraphqlOperation } from '../../context/graphql-operation.js'
import { noteOperation } from '../../http/graphql-route.js'

export type { GraphqlOperation }

/** The hooks of GraphQL servers, each by the name that its server has for it. */
export interface SpoorGraphql {
  /** Apollo Server: `plugins: [spoorGraphql]`. */
  requestDidStart(): Promise<{ didResolveOperation(operation: GraphqlOperation): Promise<void> }>
  /** GraphQL Yoga and Envelop: `plugins: [spoorGraphql]`. */
  onExecute(event: { readonly args: GraphqlOperation }): void
  /** GraphQL Yoga and Envelop, for subscriptions. */
  onSubscribe(event: { readonly args: GraphqlOperation }): void
  /** graphql-http: `createHandler({ schema, onOperation: spoorGraphql.onOperation })`. */
  onOperation(request: unknown, operation: GraphqlOperation): void
  /** Mercurius: `app.graphql.addHook('preExecution', spoorGraphql.preExecution)`. */
  preExecution(schema: unknown, document: unknown, context: MercuriusOperation): Promise<void>
}

/** What Mercurius tells of an operation, beside its document. */
export interface MercuriusOperation {
  readonly reply?: { readonly request?: { readonly body?: unknown; readonly query?: unknown } }
  /** The place of the operation in a batch. */
  readonly operationId?: number
}

/**
 * Puts the GraphQL operation into the route of its request: `POST /graphql query Posts`. Each server takes it in one line. With graphql
 * 17 or newer, graphql-http needs none: graphql itself publishes what it executes.
 *
 * @example
 * new ApolloServer({ schema, plugins: [spoorGraphql] })
 */
export const spoorGraphql: SpoorGraphql = {
  requestDidStart: async () => apolloListener,
  onExecute: ({ args }) => noteOperation(args),
  onSubscribe: ({ args }) => noteOperation(args),
  onOperation: (_request, operation) => noteOperation(operation),
  preExecution: async (schema, document, context) => {
    noteOperation({ schema, document, operationName: askedName(context) })
  },
}

const apolloListener = {
  didResolveOperation: async (operation: GraphqlOperation): Promise<void> => noteOperation(operation),
}

// Mercurius passes the document without the name that the caller asks for.
function askedName({ reply, operationId }: MercuriusOperation): unknown {
  const { body, query } = reply?.request ?? {}
  const asked = Array.isArray(body) ? body[operationId ?? 0] : (body ?? query)
  return (asked as { readonly operationName?: unknown } | null | undefined)?.operationName
}
