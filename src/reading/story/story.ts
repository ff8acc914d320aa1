import { readAccess } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import type { Completeness, Found, FoundChild } from '../find/find.js'
import type { Hit } from '../find/hits.js'
import type { Searched } from '../find/line-search.js'
import { shownParsed } from '../lines/seen-line.js'
import { withoutInternals } from '../lines/withheld-errors.js'
import { shownRecord } from '../shown-error.js'
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
  /** The store of records failed or did not answer in time: the record is that of the request line. */
  readonly storeFailed?: true | undefined
}

/** A job that it queued, or a scope that it opened. */
export interface StoryChild {
  readonly id: string
  readonly parentId: string
  readonly record?: StoredRecord | undefined
  readonly attempts: readonly StoredRecord[]
  readonly lines: readonly ShownLine[]
}

/** Records and lines as a reader may see them. */
interface Shown {
  readonly record: (record: StoredRecord) => StoredRecord
  readonly line: (line: ShownLine) => ShownLine
}

/** The story of what was found; undefined if nothing was. */
export function storyOf(found: Found, shown: Shown): Story | undefined {
  const { id, lines, children, cameBack, completeness, searched, vanished, leftOut } = found
  if (found.records.length === 0 && lines.length === 0 && children.length === 0) return undefined
  const records = found.records.map(shown.record)
  const record = records.at(-1)
  return {
    id,
    ...(record === undefined ? {} : { record }),
    attempts: records.slice(0, -1),
    summary: record === undefined ? withoutRecord(found) : summary(record),
    lines: lines.map((hit) => shown.line(shownLine(hit))),
    children: children.map((child) => storyChild(child, shown)),
    cameBack: cameBack.map(shown.record),
    completeness,
    searched,
    vanished,
    leftOut,
  }
}

/** The part of a story that a reader of one account sees; undefined if the reader sees nothing of it. */
export function storyWithin(story: Story, account: string): Story | undefined {
  const within = (records: readonly StoredRecord[]): StoredRecord[] =>
    records.flatMap((record) => recordWithin(record, account) ?? [])
  const { record: whole, ...rest } = story
  const record = whole && recordWithin(whole, account)
  const lines = linesWithin(story.lines, account)
  const children = story.children.flatMap((child) => childWithin(child, account) ?? [])
  if (record === undefined && lines.length === 0 && children.length === 0) return undefined
  return {
    ...rest,
    ...(record === undefined ? {} : { record }),
    attempts: within(story.attempts),
    summary: record === undefined ? withoutRecord({ lines }) : summary(record),
    lines,
    children,
    cameBack: within(story.cameBack),
  }
}

/** A record without the names of other accounts' work; undefined if a reader of the account may not see it. */
export function recordWithin<Record extends Pick<StoredRecord, 'account' | 'accountSwitched'>>(
  record: Record,
  account: string,
): Record | undefined {
  if (record.account !== account || record.accountSwitched === true) return undefined
  return shownRecord(readAccess('account', account, true), record as unknown as StoredRecord) as unknown as Record
}

function childWithin(child: StoryChild, account: string): StoryChild | undefined {
  const { record: whole, ...rest } = child
  const record = whole && recordWithin(whole, account)
  const lines = linesWithin(child.lines, account)
  if (whole === undefined ? lines.length === 0 : record === undefined) return undefined
  const attempts = child.attempts.flatMap((one) => recordWithin(one, account) ?? [])
  return { ...rest, ...(record === undefined ? {} : { record }), attempts, lines }
}

function linesWithin(lines: readonly ShownLine[], account: string): readonly ShownLine[] {
  const shown = withoutInternals<ShownLine>(readAccess('account', account, true))
  return lines.filter((line) => line.account === account).map(shown)
}

function shownLine({ line, text, file }: Hit): ShownLine {
  return line === undefined ? { text: text ?? '', file: file.name } : shownParsed(line, file.name)
}

function storyChild({ id, parentId, records, lines }: FoundChild, shown: Shown): StoryChild {
  const all = records.map(shown.record)
  const record = all.at(-1)
  return {
    id,
    parentId,
    ...(record === undefined ? {} : { record }),
    attempts: all.slice(0, -1),
    lines: lines.map((hit) => shown.line(shownLine(hit))),
  }
}

function withoutRecord({ lines }: { readonly lines: readonly unknown[] }): string {
  const count = lines.length === 1 ? '1 line' : `${lines.length} lines`
  return `${count}, but no request line: it is still open, it was lost with its process, or the line is in no file`
}
