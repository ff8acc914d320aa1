import { ApiError, readJson } from '../api/client.js'
import { serverNow, session } from '../api/session.js'
import type { ListedRequest, RequestDetail, RequestPage, UsageAnswer } from '../protocol.js'
import { type Found, requestFound, timeOfPrefix } from './find.js'

const pageSize = 200
const maxPages = 25
const keptForMs = 60_000

/** Names of accounts and routes that the service counted in the last hour. */
export interface Names {
  readonly accounts: readonly string[]
  readonly routes: readonly string[]
}

let names: { readonly at: number; readonly reader: string; readonly read: Promise<Names> } | undefined

/** Reads the names of accounts and routes, at most once a minute. Without an answer there are none. */
export function readNames(): Promise<Names> {
  const { read = 'account', account, user } = session.value ?? {}
  const reader = JSON.stringify([read, account, user])
  if (names?.reader !== reader || Date.now() - names.at > keptForMs)
    names = { at: Date.now(), reader, read: askNames(read === 'all') }
  return names.read
}

async function askNames(isAll: boolean): Promise<Names> {
  const ask = async (of: 'accounts' | 'routes'): Promise<readonly string[]> => {
    try {
      const { items } = await readJson<UsageAnswer>(`api/${of}`, { span: '1h', by: 'requests' })
      const all = items.flatMap(({ account, route }) => (of === 'accounts' ? account : route) ?? [])
      return [...new Set(all)].filter((name) => !name.startsWith('('))
    } catch {
      return []
    }
  }
  const [accounts, routes] = await Promise.all([isAll ? ask('accounts') : [], ask('routes')])
  return { accounts, routes }
}

// Shorter texts are parts of ids. Ids of callers may have any form.
const wholeFrom = 16

/**
 * Finds a request whose id contains a text: by the time in its first digits, then through all that is kept, then as a whole id that only
 * the log files may have.
 *
 * @throws ApiError for any failure but 404
 */
export async function findRemote(text: string, signal: AbortSignal): Promise<Found | undefined> {
  const wanted = text.toLowerCase()
  const isIt = ({ id, requestId }: ListedRequest): boolean =>
    id.toLowerCase().includes(wanted) || requestId.toLowerCase().includes(wanted)
  const time = timeOfPrefix(text, serverNow())
  const found = (time && (await search({ ...time }, isIt, signal))) ?? (await search({}, isIt, signal))
  const any = found ?? (text.length >= wholeFrom ? await wholeId(text, signal) : undefined)
  return any && requestFound(any)
}

async function wholeId(text: string, signal: AbortSignal): Promise<RequestDetail | undefined> {
  try {
    return await readJson<RequestDetail>(`api/requests/${encodeURIComponent(text)}`, undefined, signal)
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined
    throw error
  }
}

async function search(
  bounds: Readonly<Record<string, number>>,
  isIt: (item: ListedRequest) => boolean,
  signal: AbortSignal,
): Promise<ListedRequest | undefined> {
  let before: string | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const { items, next } = await readJson<RequestPage>('api/requests', { ...bounds, before, limit: pageSize }, signal)
    const found = items.find(isIt)
    if (found !== undefined || next === undefined) return found
    before = next
  }
  return undefined
}
