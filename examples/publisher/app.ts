import express, { type Express } from 'express'
import type { Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { identityOf } from './accounts.js'
import { demoPage } from './demo-page.js'
import type { Jobs } from './jobs/jobs.js'
import { LOG_FILES } from './logs.js'
import { addPlan } from './plan.js'
import { exportRoute } from './routes/export.js'
import { failRoute } from './routes/fail.js'
import { jobsRoute } from './routes/jobs.js'
import { postsRoute } from './routes/posts.js'
import { publishRoute } from './routes/publish.js'
import { webhookRoute } from './routes/webhook.js'
import { workRoute } from './routes/work.js'
import { type Site, siteOfCurrentAccount } from './sites.js'

/**
 * The service. Spoor comes first, so that everything after it runs with the request's id and account. Its error handler
 * comes last, so that it gets every failure.
 */
export function createApp(spoor: Spoor, sites: Site[], jobs: Jobs): Express {
  const s = spoorExpress(spoor, { account: (req) => identityOf(req.get('authorization')) })
  const siteOf = siteOfCurrentAccount(spoor, sites)

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // so that two equal responses differ only in id and date
  app.use(s)
  app.use(addPlan(spoor))

  app.use('/_spoor', s.inspector)
  app.use(demoPage(LOG_FILES))
  app.use('/api/v1', publishRoute(siteOf, jobs))
  app.use('/api/v1', postsRoute(spoor, siteOf))
  app.use('/api/v1', jobsRoute(siteOf, jobs))
  app.use('/api/v1', webhookRoute(s.identify, sites))
  app.use('/api/v1', workRoute())
  app.use('/api/v1', exportRoute())
  app.use('/api/v1', failRoute())

  app.use(s.errors)
  return app
}
