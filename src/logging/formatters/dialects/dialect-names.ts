/** The formats of log services: Google Cloud Logging, Elasticsearch and Datadog. */
export type DialectName = 'gcp' | 'ecs' | 'datadog'

export const dialectNames: readonly DialectName[] = ['gcp', 'ecs', 'datadog']

/** True for the name of a dialect. */
export function isDialect(format: unknown): format is DialectName {
  return dialectNames.includes(format as DialectName)
}
