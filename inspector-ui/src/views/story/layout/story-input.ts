import type { RequestDetail, ShownLine } from '../../../protocol.js'

/** A line on the axis of the story. */
export interface TimedLine {
  /** After the start of the request; a line is written to the ms. */
  readonly atMs: number
  readonly kind: 'plain' | 'warn' | 'fail'
  readonly line: ShownLine
  /** True for a line of a job that the request queued. */
  readonly isOfJob?: boolean
}

/** A job that the request queued, with what is known of its run. */
export interface JobSeen {
  readonly id: string
  readonly name: string
  /** How many were queued at once. */
  readonly count: number
  readonly queuedAtMs: number
  /** When its last attempt began, after the start of the request. Absent: it has not begun, or that is not known. */
  readonly beganMs?: number | undefined
  /** Absent while it runs. */
  readonly durationMs?: number | undefined
  readonly outcome: 'succeeded' | 'failed' | 'will be tried again' | 'runs' | 'unknown'
  readonly attempt: number
  readonly instance?: string | undefined
}

/** All that the chart draws. */
export interface StoryInput {
  readonly record: RequestDetail
  /** Undefined while they are read. */
  readonly lines: readonly TimedLine[] | undefined
  readonly jobs: readonly JobSeen[]
  /** Whether what is folded is shown. */
  readonly isOpened: boolean
  /** The address of the story of an id. */
  readonly storyOf: (id: string) => string
}
