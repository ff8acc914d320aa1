import type { Post } from '../wordpress/posts.js'

/** Keeps the posts that each account has published. */
export interface PostStore {
  /** The posts of one account. There is no other way to posts, so no request reaches those of another account. */
  of(account: string): StoredPosts
}

export interface StoredPosts {
  /** Keeps a post. A post with the same link is replaced. */
  add(post: Post): Promise<void>
  /** The newest twenty, each fetched on its own: in PostgreSQL one query for the list, and one more for each post. */
  listOneByOne(): Promise<Post[]>
}

export const MAX_LISTED = 20
