import type { Post } from '../wordpress/posts.js'
import { MAX_LISTED, type PostStore, type StoredPosts } from './post-store.js'

/** The number of posts that are kept of each account. */
const MAX_KEPT = 1_000

/** Keeps posts in this process; they end with it. Nothing is asked of a database, so requests show no queries. */
export function postsInMemory(): PostStore {
  const accounts = new Map<string, StoredPosts>()
  return {
    of(account) {
      const posts = accounts.get(account) ?? postsOfOne()
      accounts.set(account, posts)
      return posts
    },
  }
}

function postsOfOne(): StoredPosts {
  let newestFirst: Post[] = []
  return {
    async add(post) {
      newestFirst = [post, ...newestFirst.filter(({ link }) => link !== post.link)].slice(0, MAX_KEPT)
    },
    async listOneByOne() {
      return newestFirst.slice(0, MAX_LISTED)
    },
  }
}
