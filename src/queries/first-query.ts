import { listen } from '../process/channels.js'
import { watchChannels } from './channels.js'
import { reportFault } from './registry.js'

/** The channels of database clients on which a query, or a wait for a connection, begins. */
export const beginnings: readonly string[] = [
  ...['query', 'execute', 'pool:connect'].map((name) => `tracing:mysql2:${name}:start`),
  ...['command', 'batch'].map((name) => `tracing:node-redis:${name}:start`),
  'node-redis:pool:connection-wait',
  ...['query', 'aggregate', 'model:save', 'model:insertMany', 'model:bulkWrite'].map(
    (name) => `tracing:mongoose:${name}:start`,
  ),
]

/**
 * Follows the clients that publish their queries on channels, from the first query on. The code for the clients is loaded then: many
 * services have none of them.
 *
 * @returns a function that ends it
 */
export function watchFromFirstQuery(): () => void {
  let stop = listen(
    Object.fromEntries(
      beginnings.map((name) => [
        name,
        (message: unknown) => {
          const stopWaiting = stop
          stop = watchChannels({ name, message })
          stopWaiting()
        },
      ]),
    ),
    reportFault,
  )
  return () => stop()
}
