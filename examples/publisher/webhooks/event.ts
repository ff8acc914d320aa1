import { Refusal } from '../refusal.js'

/** The status of a post changed in WordPress. */
export interface PostStatusEvent {
  event: 'post.status'
  postId: number
  from: string
  to: string
}

/** Reads the event from a webhook's body. */
export function readEvent(body: Uint8Array): PostStatusEvent {
  const { event, postId, from, to } = parseObject(Buffer.from(body).toString('utf8'))
  if (event === 'post.status' && Number.isSafeInteger(postId) && isStatus(from) && isStatus(to)) {
    return { event, postId: Number(postId), from, to }
  }
  throw new Refusal(400, 'webhook_unknown_event', 'Expected { event: "post.status", postId, from, to }.')
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? { ...json } : {}
  } catch {
    return {}
  }
}

function isStatus(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9_-]{1,40}$/.test(value)
}
