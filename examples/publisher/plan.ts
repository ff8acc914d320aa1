import type { RequestHandler } from 'express'
import type { Spoor } from 'spoor'
import { PLANS } from './accounts.js'

/** Puts the plan of the account on the request line and in the record, where `field.plan=pro` finds it. */
export function addPlan(spoor: Spoor): RequestHandler {
  return (_req, _res, next) => {
    const plan = PLANS[spoor.context()?.account ?? '']
    if (plan !== undefined) spoor.add({ plan })
    next()
  }
}
