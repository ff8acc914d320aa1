// The names that the components of each program take, from their reference pages. A configuration with another name does not start.

/** What a component may have: its options; an option with options of its own has them as an object, `any` is not looked into. */
export interface Names {
  readonly [option: string]: Names | 'any'
}

const options = (text: string): Names => Object.fromEntries(text.split(' ').map((name) => [name, 'any']))

// github.com/open-telemetry/opentelemetry-collector-contrib: pkg/stanza/docs/operators, types/timestamp, types/severity, types/trace
const field: Names = { parse_from: 'any' }
const operator = options('type id output on_error if')
export const operators: Readonly<Record<string, Names>> = {
  json_parser: {
    ...operator,
    ...options('parse_from parse_to'),
    timestamp: options('parse_from layout_type layout location time_zone_locations'),
    severity: options('parse_from preset mapping overwrite_text'),
    trace: { trace_id: field, span_id: field, trace_flags: field },
  },
  scope_name_parser: { ...operator, parse_from: 'any' },
  move: { ...operator, from: 'any', to: 'any' },
  remove: { ...operator, field: 'any' },
}

// receiver/filelogreceiver, exporter/clickhouseexporter, extension/storage/filestorage; opentelemetry-collector: exporter/otlphttpexporter,
// exporter/exporterhelper
const queue: Names = {
  ...options('enabled num_consumers queue_size sizer block_on_overflow wait_for_result storage'),
  batch: options('flush_timeout min_size max_size sizer'),
}
const retry = options('enabled initial_interval max_interval max_elapsed_time')
export const collector: Names = {
  receivers: {
    filelog: {
      ...options('include exclude exclude_older_than start_at encoding poll_interval fingerprint_size max_log_size'),
      ...options(
        'max_concurrent_files max_batches include_file_name include_file_path attributes resource operators storage',
      ),
      retry_on_failure: retry,
    },
  },
  exporters: {
    otlphttp: {
      ...options('endpoint logs_endpoint headers timeout compression encoding'),
      sending_queue: queue,
      retry_on_failure: retry,
    },
    clickhouse: {
      ...options(
        'endpoint username password ttl database connection_params create_schema compress async_insert tls json',
      ),
      ...options('logs_table_name traces_table_name metrics_tables cluster_name table_engine timeout'),
      sending_queue: queue,
      retry_on_failure: retry,
    },
  },
  extensions: {
    file_storage: options('directory timeout create_directory directory_permissions fsync compaction recreate'),
  },
  service: { extensions: 'any', telemetry: 'any', pipelines: { logs: options('receivers processors exporters') } },
}

// vector.dev/docs/reference/configuration: sources/file, transforms/remap, sinks/clickhouse
export const vector: Names = {
  data_dir: 'any',
  sources: {
    spoor_files: {
      ...options(
        'type include exclude read_from data_dir ignore_older_secs ignore_not_found max_line_bytes max_read_bytes',
      ),
      ...options(
        'file_key host_key offset_key line_delimiter rotate_wait_secs glob_minimum_cooldown_ms oldest_first encoding',
      ),
      fingerprint: options('strategy lines ignored_header_bytes'),
    },
  },
  transforms: { spoor_rows: options('type inputs source file drop_on_abort drop_on_error reroute_dropped timezone') },
  sinks: {
    otel_logs: {
      ...options('type inputs endpoint database table format compression skip_unknown_fields date_time_best_effort'),
      ...options('insert_random_shard healthcheck encoding request tls query_settings'),
      auth: options('strategy user password token'),
      acknowledgements: options('enabled'),
      batch: options('max_bytes max_events timeout_secs'),
      buffer: options('type max_size max_events when_full'),
    },
  },
}

// docs.fluentbit.io/manual: data-pipeline/inputs/tail, parsers/json, processors/content-modifier, processors/conditional-processing,
// outputs/opentelemetry, administration/configuring-fluent-bit/yaml
export const fluentBit = {
  root: options('service parsers pipeline'),
  service: options(
    'flush daemon log_level log_file http_server http_listen http_port parsers_file storage.path storage.sync',
  ),
  parser: options('name format time_key time_format time_keep time_offset time_strict types'),
  tail: options(
    'name tag path exclude_path path_key offset_key read_from_head refresh_interval rotate_wait ignore_older skip_long_lines ' +
      'skip_empty_lines db db.sync db.locking db.journal_mode db.compare_filename mem_buf_limit parser key inotify_watcher ' +
      'buffer_chunk_size buffer_max_size static_batch_size storage.type processors',
  ),
  content_modifier: options('name action context key value pattern converted_type condition'),
  opentelemetry_envelope: options('name'),
  condition: options('op rules'),
  rule: options('field op value'),
  opentelemetry: options(
    'name match match_regex host port http_user http_passwd header http2 grpc compress batch_size tls tls.verify logs_uri ' +
      'logs_body_key logs_body_key_attributes logs_severity_text_message_key logs_severity_number_message_key ' +
      'logs_trace_id_message_key logs_span_id_message_key log_response_payload retry_limit workers',
  ),
} satisfies Record<string, Names>

// grafana.com/docs/alloy/latest/reference/components: local.file_match, loki.source.file, loki.process, loki.write
export const alloy: Readonly<Record<string, Names>> = {
  'local.file_match': options('path_targets sync_period ignore_older_than'),
  'loki.source.file': {
    ...options('targets forward_to encoding legacy_positions_file tail_from_end on_positions_file_error'),
    decompression: options('enabled initial_delay format'),
    file_watch: options('min_poll_frequency max_poll_frequency'),
  },
  'loki.process': {
    forward_to: 'any',
    'stage.json': options('expressions source drop_malformed'),
    'stage.timestamp': options('source format fallback_formats location action_on_failure'),
    'stage.labels': options('values'),
    'stage.structured_metadata': options('values'),
  },
  'loki.write': {
    ...options('external_labels max_streams'),
    endpoint: options(
      'url name headers tenant_id batch_wait batch_size remote_timeout basic_auth bearer_token tls_config',
    ),
    wal: options('enabled max_segment_age min_read_frequency max_read_frequency drain_timeout'),
  },
}

/** The paths of options that the program does not have. */
export function unknownNames(value: unknown, known: Names | 'any' | undefined, path = ''): string[] {
  if (known === 'any' || value === null || typeof value !== 'object') return []
  if (known === undefined) return [path]
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    return Object.hasOwn(known, name) ? unknownNames(inner, known[name], at) : [at]
  })
}
