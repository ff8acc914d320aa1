import { readJson } from '../../api/client.js'
import { serverNow } from '../../api/session.js'
import type { ListedRequest, RequestDetail, RequestPage } from '../../protocol.js'

/** Reads a page of `api/requests`. */
type ReadPage = (parameters: Readonly<Record<string, string | number>>) => Promise<RequestPage>

const readPage: ReadPage = (parameters) => readJson<RequestPage>('api/requests', parameters)

/** The next older request of the list; undefined if there is none. */
export async function olderThan(
  record: Pick<RequestDetail, 'id' | 'startedAt'>,
  kept: Readonly<Record<string, string>>,
  read: ReadPage = readPage,
): Promise<ListedRequest | undefined> {
  const start = Date.parse(record.startedAt)
  // Those that began in the same ms stand on the same page.
  const { items } = await read({ ...kept, to: start + 1, limit: 50 })
  const at = items.findIndex(({ id }) => id === record.id)
  return at < 0 ? items.find(({ startedAt }) => Date.parse(startedAt) < start) : items[at + 1]
}

// How far the search for the next newer request looks at first, in ms, and at most how often.
const firstSpanMs = 1_000
const maxTurns = 40

/** The next newer request of the list; undefined if there is none. The list is newest first, so the span is searched. */
export async function newerThan(
  record: Pick<RequestDetail, 'id' | 'startedAt'>,
  kept: Readonly<Record<string, string>>,
  read: ReadPage = readPage,
  latest: number = serverNow(),
): Promise<ListedRequest | undefined> {
  const start = Date.parse(record.startedAt)
  let from = start
  let span = firstSpanMs
  // A moment by which there is a newer request.
  let until: number | undefined
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const { items, next } = await read({ ...kept, from, to: from + span, limit: 200 })
    const own = items.findIndex(({ id }) => id === record.id)
    const newer = own < 0 ? items.filter(({ startedAt }) => Date.parse(startedAt) > start) : items.slice(0, own)
    const nearest = newer.at(-1)
    const isWhole = next === undefined || own >= 0
    if (nearest !== undefined && (isWhole || span <= 1)) return nearest
    if (!isWhole && span > 1) {
      until = nearest === undefined ? from + span : Date.parse(nearest.startedAt) + 1
      span = Math.max(1, Math.floor((until - from) / 2))
      continue
    }
    from += span
    if (from > latest) return undefined
    span = until === undefined ? span * 8 : Math.max(1, Math.floor((until - from) / 2))
  }
  return undefined
}
