import { watchMongoose } from './clients/mongoose.js'
import { watchMysql2 } from './clients/mysql2.js'
import { watchNodeRedis } from './clients/node-redis.js'
import { type FirstMessage, Tracing } from './tracing.js'

/**
 * Follows the clients that publish their queries on channels.
 *
 * @param first the message that was published just now
 * @returns a function that ends it
 */
export function watchChannels(first?: FirstMessage): () => void {
  const tracing = new Tracing(first)
  watchMysql2(tracing)
  watchNodeRedis(tracing)
  watchMongoose(tracing)
  return () => tracing.stop()
}
