import express, { Router } from 'express'
import type { Jobs } from '../jobs/jobs.js'
import { logs } from '../logs.js'
import { readPost } from '../post.js'
import { publish } from '../publish.js'
import type { SiteOf } from '../sites.js'

const log = logs.get('publish_sync')

/**
 * `POST /publish { title, content, status? }` → 201 `{ postId, link }`
 *
 * If the database does not take the post, the answer says `stored: false`: the post is published all the same.
 *
 * With `?later=1` → 202 `{ jobId }`: the post is checked now and published by a job, which is retried while the site
 * fails. `GET /jobs/:id` returns its state.
 */
export function publishRoute(siteOf: SiteOf, jobs: Jobs): Router {
  return Router().post('/publish', express.json(), async (req, res) => {
    const site = siteOf(req)
    if (req.query.later === '1') {
      const jobId = await jobs.publishLater(site.account, readPost(req.body))
      log.info({ jobId }, 'post queued')
      res.status(202).location(`/api/v1/jobs/${jobId}`).json({ jobId })
      return
    }
    const published = await publish(site, req.body)
    // The post is on its site even if the client has disconnected.
    if (res.closed) log.warn({ postId: published.postId }, 'the client went away before it was told of its post')
    res.status(201).location(published.link).json(published)
  })
}
