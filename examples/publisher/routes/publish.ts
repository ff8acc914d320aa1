import express, { Router } from 'express'
import { logs } from '../logs.js'
import { publish } from '../publish.js'
import type { SiteOf } from '../sites.js'

const log = logs.get('publish_sync')

/** `POST /publish { title, content, status? }` → 201 `{ postId, link }` */
export function publishRoute(siteOf: SiteOf): Router {
  return Router().post('/publish', express.json(), async (req, res) => {
    const published = await publish(siteOf(req), req.body)
    // The post is on its site whether or not somebody is left to hear it.
    if (res.closed) log.warn({ postId: published.postId }, 'the client went away before it was told of its post')
    res.status(201).location(published.link).json(published)
  })
}
