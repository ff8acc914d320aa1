import type { LineReading } from '../reading/lines/line-reading.js'
import type { Reading, ReadRecord } from '../reading/reading.js'
import { ReadingError } from '../reading/reading-error.js'
import type { Story } from '../reading/story/story.js'
import { storyMarkdown } from '../reading/story/story-markdown.js'
import { type ReadAccess, seesAll } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import { badLineQuery, lineFilterOf } from './line-query.js'
import { notThere } from './refusal.js'
import { type InspectorAnswer, json } from './respond.js'
import type { Target } from './routes.js'

/** The sources of the endpoints of log lines. */
export interface LineSources {
  readonly reading: Pick<Reading, 'record'>
  readonly lines: LineReading
}

/**
 * Answers the endpoints of log lines: `/api/logs`, `/api/requests/:id/logs` and `/api/requests/:id?as=markdown`.
 *
 * @returns undefined for every other path
 * @throws Refusal 400 for wrong parameters, 404 for unknown ids
 */
export async function readLines(
  sources: LineSources,
  access: ReadAccess,
  { path, query }: Target,
): Promise<InspectorAnswer | undefined> {
  if (path === '/api/logs') return json(await page(sources.lines, access, query))
  const [, encoded, logs] = /^\/api\/requests\/([^/]{1,600})(\/logs)?$/.exec(path) ?? []
  if (encoded === undefined || (logs === undefined && !query.includes('as='))) return undefined
  const id = idIn(encoded)
  if (id === undefined) throw notThere()
  if (logs !== undefined) return json(await linesOf(sources, access, id, query))
  only(query, { as: 'markdown' })
  return markdown(toldTo(access, await wholeStory(sources, access, id, false)))
}

async function page(lines: LineReading, access: ReadAccess, query: string): Promise<unknown> {
  const asked = lineFilterOf(query)
  try {
    return await lines.lines(access, asked)
  } catch (error) {
    throw error instanceof RangeError
      ? badLineQuery(['before: expected the `next` of a page, got another value'])
      : error
  }
}

async function linesOf(sources: LineSources, access: ReadAccess, id: string, query: string): Promise<unknown> {
  const asked = only(query, { as: 'story', jobs: 'true' })
  const jobs = asked.has('jobs')
  const story = asked.has('as')
    ? await wholeStory(sources, access, id, jobs)
    : await sources.lines.story(access, id, { jobs })
  if (story === undefined) throw notThere()
  const told = toldTo(access, story)
  if (asked.has('as')) return told
  const items = [...told.lines, ...told.children.flatMap((child) => child.lines)]
  return { items, complete: told.completeness !== 'quick', completeness: told.completeness }
}

/** How much was read is about everybody's lines, so only readers of everything are told. */
function toldTo(access: ReadAccess, story: Story): Story {
  if (seesAll(access)) return story
  return { ...story, searched: { bytes: 0, ofBytes: 0, files: 0, ofFiles: 0 }, vanished: [] }
}

/** The story with the record from memory, which has more than the request line, if it is still there. */
async function wholeStory(
  { reading, lines }: LineSources,
  access: ReadAccess,
  id: string,
  jobs: boolean,
): Promise<Story> {
  // The lines are searched while the store is asked: either may fail.
  const search = lines.story(access, id, { jobs })
  const inLines = async (): Promise<StoredRecord[]> => recordsOf(await search)
  const [asked, searched] = await Promise.allSettled([reading.record(access, id, inLines), search])
  if (searched.status === 'rejected') throw searched.reason
  const story = searched.value
  if (asked.status === 'rejected') {
    if (story === undefined || !isOfStore(asked.reason)) throw asked.reason
    return { ...story, storeFailed: true }
  }
  const record = asked.value
  if (record === undefined && story === undefined) throw notThere()
  return story === undefined ? onlyRecord(record as ReadRecord) : withRecord(story, record)
}

/** The records of a story, newest first. */
function recordsOf(story: Story | undefined): StoredRecord[] {
  const { record, attempts = [] } = story ?? {}
  return record === undefined ? [] : [record, ...attempts.toReversed()]
}

function isOfStore(error: unknown): boolean {
  return error instanceof ReadingError && error.code === 'ERR_SPOOR_STORE'
}

function withRecord(story: Story, record: ReadRecord | undefined): Story {
  if (record === undefined) return story
  const { storeFailed, summary } = record
  return { ...story, record, summary, ...(storeFailed && { storeFailed }) }
}

function onlyRecord(record: ReadRecord): Story {
  const searched = { bytes: 0, ofBytes: 0, files: 0, ofFiles: 0 }
  const { requestId: id, summary } = record
  return {
    id,
    record,
    attempts: [],
    summary,
    lines: [],
    children: [],
    cameBack: [],
    completeness: 'searched',
    searched,
    vanished: [],
    leftOut: 0,
  }
}

function markdown(story: Story): InspectorAnswer {
  return { status: 200, headers: { 'content-type': 'text/markdown; charset=utf-8' }, body: storyMarkdown(story) }
}

function idIn(encoded: string): string | undefined {
  try {
    const id = decodeURIComponent(encoded)
    return /^[\w.:@/+=~-]{1,200}$/.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

/** @throws Refusal 400 for anything but the known parameters with their only value */
function only(query: string, known: Readonly<Record<string, string>>): URLSearchParams {
  const asked = new URLSearchParams(query)
  for (const [key, value] of asked) {
    if (Object.hasOwn(known, key) && known[key] === value) continue
    const forms = Object.entries(known).map(([name, one]) => `${name}=${one}`)
    throw badLineQuery([`query: expected only ${forms.join(' and ')}, got something else`])
  }
  return asked
}
