import { operationOf } from '../../context/graphql-operation.js'
import type { StoredRecord } from '../../records/record.js'
import { duration } from '../../safe-values/duration.js'
import type { Story, StoryChild } from './story.js'

/** What a record is about: `POST /api/v1/publish 201`, `POST /graphql query Posts 200`, `job send-receipt done`. */
export function whatOf(record: StoredRecord): string {
  const { kind, name = 'job', method = '-', path = '-', route, status, aborted, upgraded } = record
  if (kind === 'job') return `job ${name} ${record.error === undefined ? 'done' : 'failed'}`
  return [method, path, operationOf(route), upgraded ? 'upgraded' : status, aborted && 'aborted']
    .filter(Boolean)
    .join(' ')
}

/** The fields and counts that the service added: `plan=pro tokens=1200`. */
export function ownFields({ fields, counts }: StoredRecord): string {
  const all = [...Object.entries(fields ?? {}), ...Object.entries(counts ?? {})]
  return all.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')
}

/** How a job ended: `done after 12 ms, attempt 2`. */
export function outcomeOf({ record, attempts }: StoryChild): string {
  if (record === undefined) return 'has no end yet'
  const { error, durationMs, willRetry } = record
  const how = `${error === undefined ? 'done' : 'failed'} after ${duration(durationMs)}`
  const tries = attempts.length === 0 ? '' : `, attempt ${attempts.length + 1}`
  return `${how}${tries}${willRetry === true ? ', is tried again' : ''}`
}

/** Whether the answer is complete, and how much was read for it. */
export function completenessOf(story: Story, ms?: number): string {
  const { storeFailed, ...rest } = story
  return `${storeFailed ? 'the record store does not answer, so the figures are those of the request line; ' : ''}${searchedWords(rest, ms)}`
}

function searchedWords({ completeness, searched, vanished, leftOut }: Omit<Story, 'storeFailed'>, ms?: number): string {
  const took = ms === undefined ? '' : ` in ${duration(ms)}`
  const unit = searched.ofBytes < 2 ** 20 ? kilobytes : megabytes
  // Zero: nothing was read, or the reader is not told how much.
  const read =
    searched.ofBytes === 0
      ? ''
      : `; read ${unit.of(Math.min(searched.bytes, searched.ofBytes))} of ${unit.of(searched.ofBytes)} ${unit.name}${took}`
  if (vanished.length > 0) return `not complete: ${notOpened(vanished)}${read}`
  if (leftOut > 0) return `not complete: ${leftOut} more lines were found, but are too many to show${read}`
  if (completeness === 'told') return `complete: its id and its request line say where${read}`
  if (completeness === 'searched')
    return `complete: ${searched.table === undefined ? 'all files were read' : 'all lines of ClickHouse were searched'}${read}`
  return `may not be complete: only the time of its id was read (--quick)${read}`
}

const maxNames = 5

/** Why files are missing in an answer. */
export function notOpened(names: readonly string[]): string {
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : ''
  const some = `${names.slice(0, maxNames).join(', ')}${more}`
  return names.length === 1
    ? `${some} could not be opened: it was removed during the search, or you may not read it`
    : `${some} could not be opened: they were removed during the search, or you may not read them`
}

interface Unit {
  readonly name: string
  readonly of: (bytes: number) => string
}

const kilobytes: Unit = { name: 'KB', of: (bytes) => String(Math.ceil(bytes / 1_024)) }
const megabytes: Unit = {
  name: 'MB',
  of: (bytes) => {
    const mb = bytes / 2 ** 20
    return mb >= 100 ? String(Math.round(mb)) : String(Math.round(mb * 10) / 10)
  },
}
