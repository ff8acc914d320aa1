import { Router } from 'express'
import type { SiteOf } from '../sites.js'

/** `GET /posts` → 200 `{ posts: [{ postId, title, status, link, date }] }`, the newest twenty of the caller's site */
export function postsRoute(siteOf: SiteOf): Router {
  return Router().get('/posts', async (req, res) => {
    const posts = await siteOf(req).wordPress.listPosts()
    res.json({ posts: posts.map(({ id, ...post }) => ({ postId: id, ...post })) })
  })
}
