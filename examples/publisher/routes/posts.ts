import { Router } from 'express'
import type { Spoor } from 'spoor'
import type { StoredPosts } from '../database/post-store.js'
import { Refusal } from '../refusal.js'
import type { SiteOf } from '../sites.js'
import type { Post } from '../wordpress/posts.js'

/**
 * `GET /posts` → 200 `{ posts: [{ postId, title, status, link, date }] }`, the newest twenty of the caller's site
 *
 * With `?naive=1` the newest twenty that this service has stored, with a query for each: an N+1, to see it in Spoor.
 */
export function postsRoute(spoor: Spoor, siteOf: SiteOf): Router {
  return Router().get('/posts', async (req, res) => {
    const { wordPress, storedPosts } = siteOf(req)
    const posts = req.query.naive === '1' ? await listStored(storedPosts) : await wordPress.listPosts()
    spoor.count('posts', posts.length)
    res.json({ posts: posts.map(({ id, ...post }) => ({ postId: id, ...post })) })
  })
}

async function listStored(storedPosts: StoredPosts): Promise<Post[]> {
  try {
    return await storedPosts.listOneByOne()
  } catch (cause) {
    const headers = { 'Retry-After': '5' }
    const refusal = new Refusal(503, 'posts_unavailable', 'The stored posts cannot be reached at the moment.', headers)
    throw Object.assign(refusal, { cause })
  }
}
