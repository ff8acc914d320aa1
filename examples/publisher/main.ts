import { inspect } from 'node:util'
import { ConfigError, readConfig } from './config.js'
import { logs } from './logs.js'
import { type Publisher, startPublisher } from './publisher.js'
import { sayItRuns } from './start-message.js'
import type { WordPressError } from './wordpress/errors.js'

try {
  const publisher = await startPublisher(readConfig(process.env))
  sayItRuns(publisher)
  stopOnSignal(publisher)
  await checkRealSites(publisher)
} catch (error) {
  console.error(`The publisher cannot start: ${whyNot(error)}`)
  process.exitCode = 1
}

/** Mistakes that the person who starts the service can fix are shown without a stack. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigError) return `\n${error.message}`
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `the port is taken (${error.message}). Choose another: PORT=3001 npm start`
  }
  return inspect(error)
}

/** Checks the credentials at the start, instead of at the first post. */
async function checkRealSites({ sites }: Publisher): Promise<void> {
  for (const { account, kind, wordPress } of sites) {
    if (kind === 'sandbox') continue
    const failed = await wordPress.checkCredentials().catch((error: WordPressError) => error)
    if (failed) logs.root.warn({ account, error: failed }, 'publishing will not work: %s', failed.message)
  }
}

/** Ctrl-C or SIGTERM finishes open requests, writes the logs and exits. A second signal exits at once. */
function stopOnSignal(publisher: Publisher): void {
  const stop = async (): Promise<void> => {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await publisher.close()
    await logs.close()
    process.exit(0)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}
