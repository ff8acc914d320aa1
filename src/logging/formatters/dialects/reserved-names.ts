/*
 * The names of members that log services understand. This file imports nothing, because the hot path of a line calls `mayClash`
 * once for each name.
 */

export const gcpPrefix = 'logging.googleapis.com/'

const gcp: ReadonlySet<string> = new Set([
  ...['severity', 'httpRequest', 'stack_trace', '@type'],
  ...['timestamp', 'timestampSecond', 'timestampSeconds', 'timestampNanos'],
])

export function isReservedByGcp(name: string): boolean {
  return gcp.has(name) || name.startsWith(gcpPrefix)
}

/** The field sets of the Elastic Common Schema 8.11. */
export const ecsFieldSets: ReadonlySet<string> = new Set([
  ...['agent', 'as', 'client', 'cloud', 'code_signature', 'container', 'data_stream', 'destination', 'device', 'dll'],
  ...['dns', 'elf', 'email', 'error', 'event', 'faas', 'file', 'gen_ai', 'geo', 'group', 'hash', 'host', 'http'],
  ...['interface', 'macho', 'network', 'observer', 'orchestrator', 'organization', 'os', 'package', 'pe', 'process'],
  ...['registry', 'related', 'risk', 'rule', 'server', 'service', 'source', 'threat', 'tls', 'transaction', 'span'],
  ...['url', 'user', 'user_agent', 'vlan', 'volume', 'vulnerability', 'x509'],
])

/** Field sets of which every member is Spoor's. */
export const ecsOwned: readonly string[] = ['log', 'ecs', 'trace', 'labels']

export function isReservedByEcs(name: string): boolean {
  const dot = name.indexOf('.')
  if (name === 'span.id') return true
  return name === '@timestamp' || ecsFieldSets.has(name) || ecsOwned.includes(dot < 0 ? name : name.slice(0, dot))
}

/** Reserved attributes, and others that Datadog reads. */
export const datadogNames: ReadonlySet<string> = new Set([
  ...['timestamp', 'date', 'status', 'host', 'hostname', 'source', 'ddsource', 'ddtags', 'trace_id', 'span_id'],
  ...['service', 'error', 'dd'],
])

export function isReservedByDatadog(name: string): boolean {
  return datadogNames.has(name) || name.startsWith('dd.')
}

/** True for the name of a field that some log service may misread. */
export function mayClash(name: string): boolean {
  const plain = bareName(name)
  return isReservedByGcp(plain) || isReservedByEcs(plain) || isReservedByDatadog(plain)
}

/** A name without trailing `_`. */
export function bareName(name: string): string {
  let end = name.length
  while (name[end - 1] === '_') end--
  return name.slice(0, end)
}
