import type { Attributes } from '@opentelemetry/api'
import { withoutOperation } from '../../context/graphql-operation.js'
import type { OpenCall } from '../../outgoing/call.js'
import type { OpenQuery } from '../../queries/open-query.js'
import type { EndedWork } from '../../records/observers.js'
import { own } from '../../safe-values/own-member.js'
import { BoundedNames, other } from './bounded-names.js'

/*
 * Names and values are those of OpenTelemetry's semantic conventions:
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ and https://opentelemetry.io/docs/specs/semconv/db/database-metrics/.
 * Callers choose no value: each comes from a fixed list, from the service's own names, or is `_OTHER`.
 */

// RFC 9110, RFC 5789 (PATCH), and QUERY.
const methods: ReadonlySet<string> = new Set([
  ...['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'],
])

/** The SDK sums up what is beyond 2,000 series of a metric. An account has one, so this leaves room. */
const maxAccounts = 1_000
const maxRoutes = 500
const maxErrors = 100
const maxSystems = 20
const maxOperations = 100
const maxCollections = 500

const account = /^.{1,200}$/su
const route = /^[^\p{Cc}]{1,255}$/u
const errorCode = /^[A-Za-z0-9][\w.:-]{0,63}$/
const operation = /^[A-Za-z][\w.:-]{0,39}$/
// A name that begins with a digit may be a value in a summary of the service.
const collection = /^["`[]?[\p{L}_$][\p{L}\p{N}_$.:"`[\]-]{0,127}$/u

/** Makes the attributes of one process's metrics. */
export class MetricAttributes {
  readonly #accounts = new BoundedNames(maxAccounts, account)
  readonly #routes = new BoundedNames(maxRoutes, route)
  readonly #errors = new BoundedNames(maxErrors, errorCode)
  readonly #systems = new BoundedNames(maxSystems, operation)
  readonly #operations = new BoundedNames(maxOperations, operation)
  readonly #collections = new BoundedNames(maxCollections, collection)
  readonly #addresses = new Map<string, Attributes>()

  /** Of `http.server.request.duration`. */
  ofRequest({ own: members, failed }: EndedWork): Attributes {
    const status = statusOf(own(members, 'status'))
    const template = own(members, 'route')
    const attributes: Attributes = {
      'http.request.method': methodOf(own(members, 'method')),
      // A header of a proxy would be the caller's text.
      'url.scheme': own(members, 'connection')?.isEncrypted ? 'https' : 'http',
    }
    // Callers choose the names of GraphQL's operations.
    if (template !== undefined) attributes['http.route'] = this.#routes.of(withoutOperation(template) ?? template)
    if (status !== undefined) attributes['http.response.status_code'] = status
    const error = errorOf(status, statusOf(failed), own(members, 'aborted'))
    if (error !== undefined) attributes['error.type'] = error
    return attributes
  }

  /** Of `http.client.request.duration`. */
  ofCall({ method, origin, rule, status, errorCode }: OpenCall): Attributes {
    const code = statusOf(status)
    const attributes: Attributes = {
      'http.request.method': methodOf(method),
      // A caller may choose the host of a webhook. The service lists those that it knows.
      ...(rule === undefined ? unknownAddress : this.#address(origin)),
    }
    if (code !== undefined) attributes['http.response.status_code'] = code
    if (errorCode !== undefined) attributes['error.type'] = this.#errors.of(errorCode)
    else if (code !== undefined && code >= 400) attributes['error.type'] = String(code)
    return attributes
  }

  /** Of `db.client.operation.duration`. */
  ofQuery({ kind: { system, summary }, errorCode }: OpenQuery): Attributes {
    const attributes: Attributes = { 'db.system.name': this.#systems.of(system) }
    const [name, first, ...more] = summary?.split(' ') ?? []
    if (name) attributes['db.operation.name'] = this.#operations.of(name)
    // With several tables, none is the operation's.
    if (first && more.length === 0) attributes['db.collection.name'] = this.#collections.of(first)
    if (errorCode !== undefined) attributes['error.type'] = this.#errors.of(errorCode)
    return attributes
  }

  /** Of `spoor.request.cpu.time`. */
  ofAccount(name: string | undefined): Attributes {
    return name === undefined ? {} : { 'account.id': this.#accounts.of(name) }
  }

  /** The hosts of `outgoing` are few. */
  #address(origin: string): Attributes {
    const known = this.#addresses.get(origin)
    if (known !== undefined) return known
    const { hostname, port, protocol } = new URL(origin)
    const made = {
      'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    }
    this.#addresses.set(origin, made)
    return made
  }
}

const unknownAddress: Attributes = { 'server.address': other }

function methodOf(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : other
}

function statusOf(status: number | undefined): number | undefined {
  return Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599 ? status : undefined
}

/** The `error.type` of a request. A 4xx is the caller's error, not the server's. */
function errorOf(
  status: number | undefined,
  failed: number | undefined,
  isAborted: boolean | undefined,
): string | undefined {
  // A response that a failure cut short began with the status of a success.
  const error = isAborted && (status ?? 0) < 500 ? failed : (status ?? failed)
  return error !== undefined && error >= 500 ? String(error) : undefined
}
