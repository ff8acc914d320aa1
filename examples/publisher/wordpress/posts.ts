import { WordPressError } from './errors.js'

/** A post as WordPress stores it. */
export interface Post {
  id: number
  /** The raw title, not the rendered one. */
  title: string
  status: string
  link: string
  /** UTC, ISO 8601. */
  date: string
}

/** Reads a post from a response of WordPress. Every member is checked, because the link ends up in a browser. */
export function readPost(json: unknown): Post {
  const { id, title, status, link, date_gmt: date } = fieldsOf(json)
  const raw = fieldsOf(title).raw
  if (!Number.isSafeInteger(id)) throw notAPost('id')
  if (typeof raw !== 'string') throw notAPost('title.raw')
  if (typeof status !== 'string') throw notAPost('status')
  if (typeof link !== 'string' || !/^https?:\/\//.test(link) || !URL.canParse(link)) throw notAPost('link')
  if (typeof date !== 'string') throw notAPost('date_gmt')
  return { id: Number(id), title: raw, status, link, date: `${date}Z` }
}

export function readPosts(json: unknown): Post[] {
  if (!Array.isArray(json)) throw new WordPressError('wordpress_bad_answer', 'expected a list of posts')
  return json.map(readPost)
}

function fieldsOf(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? { ...json } : {}
}

function notAPost(field: string): WordPressError {
  return new WordPressError('wordpress_bad_answer', `expected a post, but its ${field} is missing or of another kind`)
}
