import { inspect } from 'node:util'
import { ConfigError, readConfig } from './config.js'
import { logs } from './logs.js'
import { type Publisher, startPublisher } from './publisher.js'
import type { WordPressError } from './wordpress/errors.js'

/** Runs the service in this process until a signal ends it. `started` is called when it takes requests. */
export async function run(started: (publisher: Publisher) => void): Promise<void> {
  try {
    const publisher = await startPublisher(readConfig(process.env))
    started(publisher)
    stopOnSignal(() => publisher.close())
    await checkRealSites(publisher)
  } catch (error) {
    sayWhyNot(error, 'npm start')
  }
}

/** Mistakes that the person who starts the service with `command` can fix are shown without a stack. */
export function sayWhyNot(error: unknown, command: string): void {
  console.error(`The publisher cannot start: ${reasonOf(error, command)}`)
  process.exitCode = 1
}

function reasonOf(error: unknown, command: string): string {
  if (error instanceof ConfigError) return `\n${error.message}`
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `the port is taken (${error.message}). Choose another: PORT=3001 ${command}`
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

/**
 * Ctrl-C or SIGTERM finishes open requests by `close`, writes the logs and exits. A second signal exits at once.
 *
 * @returns does the same without a signal
 */
export function stopOnSignal(close: () => Promise<void>): () => Promise<void> {
  const stop = async (): Promise<void> => {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await close()
    await logs.close()
    process.exit()
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return stop
}
