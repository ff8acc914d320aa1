import { type Story, storyWithin } from '../reading/story/story.js'
import { type Arguments, textOf, UsageError } from './command.js'

/** A running service, asked through the API of its inspector. */
export interface Remote {
  /** The JSON at a path below the mount; undefined if there is none (404). */
  get(path: string): Promise<unknown>
  /** An answer that is read as it arrives. */
  stream(path: string, signal: AbortSignal, after?: string): Promise<ReadableStream<Uint8Array>>
}

/** The service cannot be reached, or is not ready. A later try may succeed. */
export class NoAnswer extends UsageError {}

const timeLimitMs = 30_000

/**
 * The service at `--url`. The token in SPOOR_TOKEN is sent as a bearer token, only to that address.
 *
 * @throws UsageError for anything but a URL with http or https, and for refused requests
 */
export function remote(given: Arguments): Remote {
  const base = baseOf(textOf(given, 'url') ?? '')
  const token = process.env['SPOOR_TOKEN']
  const headers: Record<string, string> =
    token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
  const ask = async (path: string, signal: AbortSignal, own: Record<string, string>): Promise<Response> => {
    try {
      // A redirect could lead the token elsewhere.
      return await fetch(`${base}${path}`, { headers: { ...headers, ...own }, signal, redirect: 'manual' })
    } catch (error) {
      const cause = (error as { cause?: { code?: string; message?: string } }).cause
      throw new NoAnswer(
        `spoor: ${base} does not answer (${cause?.code ?? cause?.message ?? (error as Error).message})`,
      )
    }
  }
  return {
    get: async (path) => {
      const json = (one: string) => ask(one, AbortSignal.timeout(timeLimitMs), { accept: 'application/json' })
      const response = await json(path)
      if (response.status !== 404) {
        await check(response, base)
        return jsonOf(response, base)
      }
      // The service itself answers 404 where the inspector is not.
      const first = await json('/api/requests?limit=1')
      if (first.status === 404) throw notInspector(base)
      await check(first, base)
      await jsonOf(first, base)
      return undefined
    },
    stream: async (path, signal, after) => {
      const resumed = after === undefined ? {} : { 'last-event-id': after }
      const response = await ask(path, signal, { accept: 'text/event-stream', ...resumed })
      if (response.status === 404) throw notInspector(base, ', or the service has no log files')
      await check(response, base)
      if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) throw notInspector(base)
      if (response.body === null) throw new UsageError(`spoor: ${base} sent an empty answer`)
      return response.body
    },
  }
}

/**
 * The story of a request from a running service, within `--account`; undefined if the service knows no such request.
 */
export async function remoteStory(given: Arguments, id: string, jobs: boolean): Promise<Story | undefined> {
  const path = `/api/requests/${encodeURIComponent(id)}/logs?as=story${jobs ? '&jobs=true' : ''}`
  const story = (await remote(given).get(path)) as Story | undefined
  const account = textOf(given, 'account')
  return story === undefined || account === undefined ? story : storyWithin(story, account)
}

interface Totals {
  readonly summary?: string
  readonly items: readonly Readonly<Record<string, unknown>>[]
}

/** The totals by account or route of a running service, within `--account`; undefined if the service has none. */
export async function remoteTotals(
  given: Arguments,
  by: 'account' | 'route',
  asked: Readonly<Record<string, string>>,
): Promise<Totals | undefined> {
  const account = textOf(given, 'account')
  const query = new URLSearchParams(asked)
  if (account !== undefined && by === 'route') query.set('account', account)
  const totals = (await remote(given).get(`/api/${by}s?${query}`)) as Totals | undefined
  if (totals !== undefined && account !== undefined) {
    // The summary has shares of all work, and names other accounts.
    const own = by === 'route' ? totals.items : totals.items.filter((item) => item['account'] === account)
    return { items: own.map(({ heldOthers, ...item }) => item) }
  }
  return totals
}

/** @throws UsageError for anything but JSON, such as a page */
async function jsonOf(response: Response, base: string): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    throw notInspector(base)
  }
}

function notInspector(base: string, or = ''): UsageError {
  return new UsageError(`spoor: ${base} is not the URL of an inspector${or}; check where it is mounted, as in /_spoor`)
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError('spoor: --url: expected the URL of an inspector, such as https://shop.example/_spoor')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

async function check(response: Response, base: string): Promise<void> {
  if (response.ok) return
  const { status } = response
  const fix =
    status === 401
      ? '; set SPOOR_TOKEN to a token of the service'
      : status === 403
        ? '; the user of this token has no right to read it'
        : status >= 300 && status < 400
          ? '; redirects are not followed'
          : ''
  const problem = (await response.json().catch(() => undefined)) as { detail?: unknown } | undefined
  const detail = typeof problem?.detail === 'string' ? `: ${problem.detail}` : ''
  const Failure = status >= 502 && status <= 504 ? NoAnswer : UsageError
  throw new Failure(`spoor: ${base} answered ${status}${detail}${fix}`)
}
