import type { Session } from '../protocol.js'
import { computed, signal, watch } from '../state/signal.js'
import { ApiError, readJson, setToken, token } from './client.js'

/** Who reads, or why nobody may. */
export type Access =
  | { readonly kind: 'asking' }
  | { readonly kind: 'open'; readonly session: Session }
  /** Nobody is signed in, or the token is wrong. */
  | { readonly kind: 'sign-in'; readonly refusedToken: boolean }
  /** The service refused this reader (403), or the page under this name (421), or has no inspector (404). */
  | { readonly kind: 'refused'; readonly error: ApiError }
  /** The service does not answer. */
  | { readonly kind: 'away'; readonly error: ApiError; readonly since: number }

/** The reader's access, as the service said last. */
export const access = signal<Access>({ kind: 'asking' })

/** The session of the reader; undefined before it is known. */
export const session = computed(() => (access.value.kind === 'open' ? access.value.session : undefined))

/** By how much the service's clock is ahead of the browser's, in ms. */
export const clockOffset = signal(0)

/** The time by the service's clock. */
export function serverNow(): number {
  return Date.now() + clockOffset.value
}

let asking: { readonly as: string | undefined; readonly answer: Promise<void> } | undefined

/** Asks the service who reads. What is shown stays meanwhile. */
export function askAccess(): Promise<void> {
  // An answer to another token is about another reader.
  if (asking === undefined || asking.as !== token.value) asking = { as: token.value, answer: ask() }
  return asking.answer
}

async function ask(): Promise<void> {
  const began = Date.now()
  const as = token.value
  const isCurrent = (): boolean => as === token.value
  try {
    const session = await readJson<Session>('api/session')
    if (!isCurrent()) return
    const middle = (began + Date.now()) / 2
    const server = Date.parse(session.serverTime)
    if (Number.isFinite(server)) clockOffset.value = server - middle
    access.value = { kind: 'open', session }
  } catch (error) {
    if (!isCurrent()) return
    access.value = afterFailure(error instanceof ApiError ? error : new ApiError(0, 'failed', undefined, String(error)))
  } finally {
    if (isCurrent()) asking = undefined
  }
}

function afterFailure(error: ApiError): Access {
  if (error.status === 401) return { kind: 'sign-in', refusedToken: token.value !== undefined }
  if (error.status === 403 || error.status === 404 || error.status === 421) return { kind: 'refused', error }
  const before = access.value
  // A page that is open stays: its views say that the service does not answer.
  if (before.kind === 'open' || before.kind === 'away') return before
  return { kind: 'away', error, since: Date.now() }
}

/** Names the reader and what they may see: nothing of one reader is shown to another. Rights may shrink while the page is open. */
export const readerKey = computed(() => {
  const { read, account, user, internals } = session.value ?? {}
  return JSON.stringify([read, account, user, internals])
})

/** A view was refused. Rights may have ended, so the service is asked again who reads. */
export function refused(error: ApiError): void {
  if (error.status === 401 || error.status === 403) void askAccess()
}

/** Signs in with a token. */
export async function signIn(value: string): Promise<void> {
  setToken(value)
  await askAccess()
}

/** Forgets the token. */
export function signOut(): void {
  setToken(undefined)
  asking = undefined
  access.value = { kind: 'sign-in', refusedToken: false }
}

/** How long an answer counts, in ms. With several processes, it says which of them are lost. */
function againAfterMs(): number {
  return (session.value?.processes?.length ?? 1) > 1 ? 2_000 : 60_000
}

/** Asks for access at the start, every minute (every 2 s where several processes may be lost), and until the service answers. */
export function watchAccess(): void {
  void askAccess()
  let askedAt = Date.now()
  setInterval(() => {
    if (document.hidden || access.value.kind === 'sign-in' || Date.now() - askedAt < againAfterMs()) return
    askedAt = Date.now()
    void askAccess()
  }, 1_000)
  let retry: ReturnType<typeof setTimeout> | undefined
  watch(access, ({ kind }) => {
    clearTimeout(retry)
    if (kind === 'away') retry = setTimeout(() => void askAccess(), 3_000)
  })
}
