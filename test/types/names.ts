// What the compiler promises about the names of loggers.
import { defineLogs, type Logger, type Logs } from 'spoor'

const logs = defineLogs({ loggers: { publish_sync: { file: 'publish_sync.log' }, webhooks: {} } })

const right: Logger = logs.get('publish_sync')
right.info({ postId: 7 }, 'published')
logs.get('requests').info('built in')

// @ts-expect-error a typo does not compile
logs.get('publish_snyc')
// @ts-expect-error the root is a property
logs.get('root')

// Under isolatedDeclarations an exported value has its type written out.
export const written: Logs<'publish_sync' | 'webhooks'> = defineLogs({
  loggers: { publish_sync: { file: 'publish_sync.log' }, webhooks: {} },
})
written.get('webhooks')

// @ts-expect-error a name is missing in the definition
export const missing: Logs<'publish_sync' | 'webhooks'> = defineLogs({ loggers: { publish_sync: {} } })

// @ts-expect-error a name of the definition is not in the type
export const excess: Logs<'publish_sync'> = defineLogs({ loggers: { publish_sync: {}, webhooks: {} } })

// An entry for the built-in logger overrides its options and adds no name.
export const builtIn: Logs<'webhooks'> = defineLogs({ loggers: { webhooks: {}, requests: { console: false } } })
