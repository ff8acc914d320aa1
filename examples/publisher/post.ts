import { Refusal } from './refusal.js'

export const POST_STATUSES = ['publish', 'draft', 'pending', 'private'] as const
export type PostStatus = (typeof POST_STATUSES)[number]

/** A post to publish. */
export interface NewPost {
  title: string
  content: string
  status: PostStatus
}

const MAX_TITLE = 200
const MAX_CONTENT = 200_000

/**
 * Reads a post from a request body.
 *
 * @throws Refusal that names every mistake: 415 if the body is not JSON, else 400.
 */
export function readPost(body: unknown): NewPost {
  if (body === undefined) {
    throw new Refusal(415, 'json_expected', 'Send the post as JSON, with Content-Type: application/json.')
  }
  const { title, content, status = 'publish' } = isObject(body) ? body : {}
  const problems: string[] = []
  if (!isText(title, MAX_TITLE)) problems.push(`title: expected text of 1 to ${MAX_TITLE} characters`)
  if (!isText(content, MAX_CONTENT)) problems.push(`content: expected text of 1 to ${MAX_CONTENT} characters`)
  if (!isPostStatus(status)) problems.push(`status: expected one of ${POST_STATUSES.join(', ')}`)
  if (isText(title, MAX_TITLE) && isText(content, MAX_CONTENT) && isPostStatus(status)) {
    return { title: title.trim(), content, status }
  }
  throw new Refusal(400, 'invalid_post', problems.join('; '))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxLength
}

function isPostStatus(value: unknown): value is PostStatus {
  return POST_STATUSES.some((status) => status === value)
}
