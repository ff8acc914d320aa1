import { Router } from 'express'
import type { Jobs } from '../jobs/jobs.js'
import { Refusal } from '../refusal.js'
import type { SiteOf } from '../sites.js'

/**
 * `GET /jobs/:id` → 200 `{ jobId, state, attempts, published? }`
 *
 * A job of another account gets the response of an unknown job.
 */
export function jobsRoute(siteOf: SiteOf, jobs: Jobs): Router {
  return Router().get('/jobs/:id', async (req, res) => {
    const job = await jobs.find(siteOf(req).account, req.params.id)
    if (job === undefined) throw new Refusal(404, 'unknown_job', 'There is no such job.')
    res.json(job)
  })
}
