import { createSpoor, type Spoor } from 'spoor'
import type { Config } from './config.js'
import { logs } from './logs.js'
import { answerToWordPressError } from './wordpress/errors.js'

/** The one object that follows every request of this service. */
export function followRequests(config: Pick<Config, 'trustedProxies'>): Spoor {
  return createSpoor({
    service: 'publisher',
    version: '1.0.0',
    logs,
    requestId: { trust: config.trustedProxies },
    errors: { map: answerToWordPressError },
  })
}
