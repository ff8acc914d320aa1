import { newestFirst, type Position } from '../records/cursor.js'
import { pageSize } from '../records/filter.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter } from '../records/record-store.js'
import { ownMembers } from '../safe-values/own-member.js'

/** Gives a page of records that a reader may see. */
export type Lister = (filter: RecordFilter) => Promise<Page<StoredRecord>>

/** Where a merged list goes on: behind a record, which lies on the page of the store that begins at `store`. */
interface Place extends Position {
  readonly store?: string | undefined
}

/**
 * One page of two lists as one list, newest first. A store may have cursors of its own form, so a cursor of the merged list holds the
 * cursor of the store's page, and the record behind which it goes on.
 *
 * @throws RangeError for an invalid `before`
 */
export async function mergedList(filter: RecordFilter, ofStore: Lister, ofRecent: Lister): Promise<Page<StoredRecord>> {
  const limit = pageSize(filter.limit)
  const place = filter.before === undefined ? undefined : placeOf(filter.before)
  const { store: firstCursor, ...behind } = place ?? { store: undefined }
  const recentBefore = place === undefined ? undefined : positionText(behind as Position)
  const [stored, recent] = await Promise.all([
    storedBehind(filter, ofStore, limit, place, firstCursor),
    ofRecent(ownMembers({ ...filter, limit, before: recentBefore })),
  ])
  const all = [...stored.items, ...recent.items].sort(newestFirst)
  const items = all.slice(0, limit)
  const last = items.at(-1)
  const hasMore = all.length > limit || stored.next !== undefined || recent.next !== undefined
  if (!hasMore || last === undefined) return { items }
  return { items, next: cursorOf({ startedAt: last.startedAt, id: last.id, store: stored.pageOf(last) }) }
}

interface StoredBehind {
  readonly items: readonly StoredRecord[]
  readonly next: string | undefined
  /** The cursor of the store's page on which the next page of the merged list begins. */
  pageOf(last: Position): string | undefined
}

/** At least `limit` records of the store behind a place, if it has so many: from the page with the place, and the next. */
async function storedBehind(
  filter: RecordFilter,
  ofStore: Lister,
  limit: number,
  place: Position | undefined,
  first: string | undefined,
): Promise<StoredBehind> {
  const items: StoredRecord[] = []
  /** The first record of each page after the first, with the page's cursor. */
  const pages: { readonly cursor: string; readonly newest: StoredRecord | undefined }[] = []
  let cursor = first
  let next: string | undefined
  for (;;) {
    const page = await ofStore(ownMembers({ ...filter, limit, before: cursor }))
    const behind = page.items.filter((one) => place === undefined || newestFirst(place, one) < 0)
    if (cursor !== undefined && cursor !== first) pages.push({ cursor, newest: page.items[0] })
    items.push(...behind)
    next = page.next
    if (items.length >= limit || next === undefined || next === cursor) break
    cursor = next
  }
  return {
    items,
    next,
    pageOf: (last) => {
      // The last page of which the merged list has shown something, or the first.
      const shown = pages.filter(({ newest }) => newest !== undefined && newestFirst(newest, last) <= 0)
      return shown.at(-1)?.cursor ?? first
    },
  }
}

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]{1,200})(?: ([\x21-\x7e]{1,400}))?$/
const maxLength = 1_000

function cursorOf({ startedAt, id, store }: Place): string {
  return Buffer.from(`${startedAt} ${id}${store === undefined ? '' : ` ${store}`}`).toString('base64url')
}

/** The cursor of the recent requests at a place. */
function positionText({ startedAt, id }: Position): string {
  return cursorOf({ startedAt, id })
}

/** @throws RangeError for a text that `cursorOf` did not make */
function placeOf(cursor: unknown): Place {
  const text = typeof cursor === 'string' && cursor.length <= maxLength ? cursor : ''
  const [, startedAt, id, store] = form.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? []
  if (startedAt !== undefined && id !== undefined) {
    const place = { startedAt, id, store }
    // Decoding ignores invalid characters, so the text must also be exactly what encoding gives.
    if (cursorOf(place) === text) return place
  }
  throw new RangeError('before: expected the `next` of a page, got another text')
}
