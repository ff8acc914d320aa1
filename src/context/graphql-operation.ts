import { withoutSecretSegments } from '../safe-values/safe-path.js'
import { mayHoldKey } from '../safe-values/secret-shapes.js'

/** An operation of GraphQL, as its servers and graphql's channels describe it. */
export interface GraphqlOperation {
  readonly schema?: unknown
  /** The parsed document. */
  readonly document?: unknown
  /** The name that the caller asks for; undefined and null mean the only operation of the document. */
  readonly operationName?: unknown
}

interface Definition {
  readonly kind?: unknown
  readonly operation?: unknown
  readonly name?: { readonly value?: unknown } | undefined
}

// Callers choose the names. The grammar of GraphQL allows these characters only; a document need not come from its parser.
const grammar = /^[_A-Za-z][_0-9A-Za-z]*$/
const maxNameLength = 64
const types: readonly unknown[] = ['query', 'mutation', 'subscription']

/**
 * The type and name of the operation that is executed, `query Posts`. Without a name, or with one that looks like a secret or an id,
 * the type alone. Undefined if the document has no such operation: then no operation is executed.
 */
export function operationText({ document, operationName }: GraphqlOperation): string | undefined {
  const { definitions } = document as { readonly definitions: readonly Definition[] }
  const wanted = operationName ?? undefined
  let found: Definition | undefined
  for (const one of definitions) {
    if (one.kind !== 'OperationDefinition' || (wanted !== undefined && one.name?.value !== wanted)) continue
    if (found !== undefined) return undefined
    found = one
  }
  if (found === undefined || !types.includes(found.operation)) return undefined
  const name = shownName(found.name?.value)
  return name === undefined ? String(found.operation) : `${found.operation} ${name}`
}

function shownName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  const short = name.slice(0, maxNameLength)
  if (!grammar.test(short) || mayHoldKey(short) || withoutSecretSegments(short) !== short) return undefined
  return short
}

const suffix = / ((?:query|mutation|subscription)(?: [_A-Za-z][_0-9A-Za-z]*)?|\d+ operations)$/

/** The operation at the end of a route: `query Posts` of `/graphql query Posts`. Undefined if the route has no operation. */
export function operationOf(route: string | undefined): string | undefined {
  return route === undefined ? undefined : suffix.exec(route)?.[1]
}

/** The route without the operation at its end: `/graphql` of `/graphql query Posts`. Undefined if the route has no operation. */
export function withoutOperation(route: string): string | undefined {
  const at = suffix.exec(route)?.index
  return at === undefined ? undefined : route.slice(0, at)
}
