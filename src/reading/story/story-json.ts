import type { StoredRecord } from '../../records/record.js'
import { summary } from '../summary.js'
import type { ShownLine, Story } from './story.js'

/** One object of `spoor find --json`. */
export interface StoryObject {
  readonly kind: 'request' | 'job' | 'scope' | 'line' | 'call' | 'query' | 'end'
  readonly [name: string]: unknown
}

/**
 * The story as objects: the request or job, its calls by host, its kinds of queries, its lines, the jobs with theirs, the
 * requests that came back, and the end, which says whether the answer is complete.
 */
export function* storyObjects(story: Story): Generator<StoryObject> {
  const { record, attempts, lines, children, cameBack } = story
  for (const one of attempts) yield outcome(one)
  if (record !== undefined) {
    yield outcome(record)
    yield* parts(record)
  }
  for (const line of lines) yield lineObject(line)
  for (const child of children) {
    for (const one of child.attempts) yield outcome(one)
    if (child.record === undefined) yield { kind: 'scope', id: child.id, parentId: child.parentId }
    else yield outcome(child.record)
    for (const line of child.lines) yield lineObject(line)
  }
  for (const one of cameBack) yield outcome(one)
  yield endObject(story)
}

function outcome(record: StoredRecord): StoryObject {
  const { kind, outgoing, steps, jobs, queryKinds, queryRuns, poolWaits, ...rest } = record
  const lists = Object.entries({ outgoing, steps, jobs, queryKinds, queryRuns, poolWaits }).filter(
    ([, one]) => one.length > 0,
  )
  return { kind, ...rest, ...Object.fromEntries(lists), summary: summary(record) }
}

function* parts({ requestId, io, queries }: StoredRecord): Generator<StoryObject> {
  for (const [host, { calls, ms }] of Object.entries(io.outgoing?.byHost ?? {}))
    yield { kind: 'call', requestId, host, calls, ms }
  for (const one of queries?.repeated ?? []) yield { kind: 'query', requestId, ...one }
}

function lineObject({ fields, ...line }: ShownLine): StoryObject {
  return { kind: 'line', ...line, ...(fields === undefined ? {} : { fields }) }
}

function endObject({ id, lines, children, completeness, searched, vanished, leftOut }: Story): StoryObject {
  const count = children.reduce((sum, child) => sum + child.lines.length, lines.length)
  const complete = completeness !== 'quick'
  return { kind: 'end', id, lines: count, complete, completeness, searched, vanished, leftOut }
}
