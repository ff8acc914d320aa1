import type { Formatter } from '../../entry.js'
import { datadog, readDatadog } from './datadog.js'
import type { Dialect } from './dialect.js'
import type { DialectName } from './dialect-names.js'
import { ecs, readEcs } from './ecs.js'
import { gcp, readGcp } from './gcp.js'

const dialects: Readonly<Record<DialectName, Formatter>> = { gcp, ecs, datadog }

/** The formatter of a dialect. */
export function dialectFormatter(name: DialectName): Formatter {
  return dialects[name]
}

const gcpStart = /^\{"time":"[^"]{1,40}","severity":"/

/** The function that reads a line of a dialect. Undefined if the line does not begin like a line of a dialect. */
export function readerOf(line: string): Dialect['read'] | undefined {
  if (line.startsWith('{"@timestamp":"')) return readEcs
  if (line.startsWith('{"timestamp":"')) return readDatadog
  return gcpStart.test(line) ? readGcp : undefined
}
