// Names of members as the vendors publish them, for src/logging/formatters/dialects/dialects.test.ts.

/**
 * Google Cloud: https://cloud.google.com/logging/docs/structured-logging#special-payload-fields,
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest and
 * https://cloud.google.com/error-reporting/docs/formatting-error-messages. `level` and `error` are members of `jsonPayload`.
 */
export const gcpFields: readonly string[] = [
  ...['severity', 'message', 'time', 'timestamp', 'timestampSeconds', 'timestampNanos', 'stack_trace', '@type'],
  ...['insertId', 'labels', 'operation', 'sourceLocation', 'spanId', 'trace', 'trace_sampled'].map(
    (name) => `logging.googleapis.com/${name}`,
  ),
  ...['requestMethod', 'requestUrl', 'requestSize', 'status', 'responseSize', 'userAgent', 'remoteIp'].map(
    (name) => `httpRequest.${name}`,
  ),
  ...['serverIp', 'referer', 'latency', 'cacheLookup', 'cacheHit', 'cacheFillBytes', 'protocol'].map(
    (name) => `httpRequest.${name}`,
  ),
]

/**
 * Elastic Common Schema 8.11: https://github.com/elastic/ecs/blob/v8.11.0/generated/csv/fields.csv, those about logs and
 * HTTP; how loggers write them: https://github.com/elastic/ecs-logging/blob/main/spec/spec.json.
 */
export const ecsFields: readonly string[] = [
  ...['@timestamp', 'message', 'labels', 'tags', 'ecs.version', 'log.level', 'log.logger', 'trace.id'],
  ...['transaction.id', 'span.id', 'error.code', 'error.id', 'error.message', 'error.stack_trace', 'error.type'],
  ...['event.action', 'event.dataset', 'event.duration', 'event.outcome', 'http.request.id', 'http.request.method'],
  ...['http.request.bytes', 'http.response.bytes', 'http.response.status_code', 'http.version', 'url.path', 'url.full'],
  ...['user.id', 'user.name', 'client.ip', 'client.address', 'user_agent.original', 'process.pid', 'organization.id'],
  ...['service.name', 'service.version', 'service.environment', 'service.node.name', 'host.name'],
]

/**
 * Datadog: https://docs.datadoghq.com/standard-attributes/?product=log. `timestamp` and `dd.trace_id` are defaults of its
 * remappers: https://docs.datadoghq.com/logs/log_configuration/pipelines/?tab=date#preprocessing.
 */
export const datadogFields: readonly string[] = [
  ...['host', 'source', 'status', 'service', 'version', 'trace_id', 'message', 'timestamp', 'dd.trace_id'],
  ...['network.client.ip', 'network.client.port', 'network.bytes_read', 'network.bytes_written', 'http.url'],
  ...['http.status_code', 'http.method', 'http.referer', 'http.request_id', 'http.useragent', 'http.version'],
  ...['logger.name', 'logger.thread_name', 'error.kind', 'error.message', 'error.stack', 'duration', 'usr.id'],
  ...['usr.name', 'usr.email', 'evt.name', 'evt.outcome'],
]
