/** Who reads, and what: the first thing that a page asks. */
export interface Session {
  readonly service: string
  readonly version?: string | undefined
  /** The version of Spoor. */
  readonly spoor: string
  /** `service`: the running service. `files`: its log files (`spoor inspect`). `clickhouse`: its lines in ClickHouse. */
  readonly source: 'service' | 'files' | 'clickhouse'
  /** `all`: everything. `account`: the work for one account. */
  readonly read: 'all' | 'account'
  /** The one account that the reader sees. */
  readonly account?: string | undefined
  /** The reader's user, if the account resolver told it. */
  readonly user?: string | undefined
  /** True if the reader sees messages, stacks and causes of the service's own failures. */
  readonly internals: boolean
  /** `tracking.mode`; `off` for log lines. */
  readonly mode: 'header' | 'privileged' | 'all' | 'off'
  /** True if the reader's own requests may be measured (`tracking.allow`). */
  readonly mayMeasure: boolean
  /** True if `api/logs` and `api/live` have log lines to read. */
  readonly lines: boolean
  /** The processes whose requests the lists have; this one first. Of log lines: those of the last hour. */
  readonly processes: readonly ProcessSeen[]
  /** The server's time, ISO 8601, UTC: a browser's clock may be hours off. */
  readonly serverTime: string
}

/** A process of the service. */
export interface ProcessSeen {
  /** `host:pid`, as records have it. */
  readonly instance: string
  readonly host: string
  readonly pid: number
  /** True for the process that answers. */
  readonly isThis?: true | undefined
  /** True if it gave no sign of life for 10 s. */
  readonly isLost?: true | undefined
  /** Its last sign of life, ISO 8601, UTC. */
  readonly lastHeardAt?: string | undefined
}
