import type { StoredRecord } from '../../records/record.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import type { Completeness, Found, FoundChild } from '../find/find.js'
import type { Hit } from '../find/hits.js'
import type { Searched } from '../find/line-search.js'
import { summary } from '../summary.js'

/** A log line as readers get it. */
export interface ShownLine {
  /** ISO 8601, UTC. Absent, with all that follows but `text` and `file`, for a line that Spoor did not write. */
  readonly time?: string | undefined
  readonly level?: string | undefined
  readonly logger?: string | undefined
  readonly requestId?: string | undefined
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly message?: string | undefined
  readonly fields?: Readonly<Record<string, SafeValue>> | undefined
  /** The text of a line that Spoor did not write. */
  readonly text?: string | undefined
  /** The name of its file. */
  readonly file: string
}

/** What the log files tell about one request or job. Plain JSON. */
export interface Story {
  readonly id: string
  /** Its request line: of a job, that of its last attempt. Absent if it is open, was lost, or is a scope. */
  readonly record?: StoredRecord | undefined
  /** The earlier attempts at a job. */
  readonly attempts: readonly StoredRecord[]
  /** The answer in one sentence. */
  readonly summary: string
  readonly lines: readonly ShownLine[]
  readonly children: readonly StoryChild[]
  readonly cameBack: readonly StoredRecord[]
  readonly completeness: Completeness
  readonly searched: Searched
  /** Files that could not be opened: they were removed during the search, or are not readable. */
  readonly vanished: readonly string[]
  /** How many lines were found and left out, because there are too many. */
  readonly leftOut: number
}

/** A job that it queued, or a scope that it opened. */
export interface StoryChild {
  readonly id: string
  readonly parentId: string
  readonly record?: StoredRecord | undefined
  readonly attempts: readonly StoredRecord[]
  readonly lines: readonly ShownLine[]
}

/** The story of what was found; undefined if nothing was. @param shown the record as the reader may see it */
export function storyOf(found: Found, shown: (record: StoredRecord) => StoredRecord): Story | undefined {
  const { id, lines, children, cameBack, completeness, searched, vanished, leftOut } = found
  if (found.records.length === 0 && lines.length === 0 && children.length === 0) return undefined
  const records = found.records.map(shown)
  const record = records.at(-1)
  return {
    id,
    ...(record === undefined ? {} : { record }),
    attempts: records.slice(0, -1),
    summary: record === undefined ? withoutRecord(found) : summary(record),
    lines: lines.map(shownLine),
    children: children.map((child) => storyChild(child, shown)),
    cameBack: cameBack.map(shown),
    completeness,
    searched,
    vanished,
    leftOut,
  }
}

/** The part of a story that is about an account; undefined if nothing of it is. */
export function storyWithin(story: Story, account: string): Story | undefined {
  const isOwn = (one: { readonly account?: string | undefined }): boolean => one.account === account
  const { record, attempts, lines, children, cameBack } = story
  if (record !== undefined && !isOwn(record)) return undefined
  const own = lines.filter(isOwn)
  if (record === undefined && own.length === 0) return undefined
  return {
    ...story,
    attempts: attempts.filter(isOwn),
    lines: own,
    children: children
      .filter((child) => (child.record === undefined ? child.lines.some(isOwn) : isOwn(child.record)))
      .map((child) => ({ ...child, attempts: child.attempts.filter(isOwn), lines: child.lines.filter(isOwn) })),
    cameBack: cameBack.filter(isOwn),
  }
}

export function shownLine({ line, text, file }: Hit): ShownLine {
  if (line === undefined) return { text: text ?? '', file: file.name }
  const { time, level, logger, requestId, parentId, account, message, fields } = line
  return {
    time: new Date(time).toISOString(),
    level,
    logger,
    requestId,
    parentId,
    account,
    message,
    fields,
    file: file.name,
  }
}

function storyChild(
  { id, parentId, records, lines }: FoundChild,
  shown: (record: StoredRecord) => StoredRecord,
): StoryChild {
  const all = records.map(shown)
  const record = all.at(-1)
  return {
    id,
    parentId,
    ...(record === undefined ? {} : { record }),
    attempts: all.slice(0, -1),
    lines: lines.map(shownLine),
  }
}

function withoutRecord({ lines }: Found): string {
  const count = lines.length === 1 ? '1 line' : `${lines.length} lines`
  return `${count}, but no request line: it is still open, it was lost with its process, or the line is in no file`
}
