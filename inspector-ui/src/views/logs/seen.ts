import type { ShownLine } from '../../protocol.js'

const maxNames = 200
const maxRequests = 12

/** What the reader can filter by: names in the lines that this view got, whatever the filters were. */
export class Seen {
  /** Loggers, in the order in which they came. */
  readonly loggers = new Set<string>()
  readonly accounts = new Set<string>()
  /** Ids of requests, the last one first. */
  requests: readonly string[] = []
  /** Whether lines below info came. */
  hasFine = false

  add(lines: readonly ShownLine[]): void {
    for (const { logger, account, level, requestId } of lines) {
      if (logger !== undefined && this.loggers.size < maxNames) this.loggers.add(logger)
      if (account !== undefined && this.accounts.size < maxNames) this.accounts.add(account)
      if (level === 'debug' || level === 'trace') this.hasFine = true
      if (requestId !== undefined && this.requests[0] !== requestId)
        this.requests = [requestId, ...this.requests.filter((one) => one !== requestId)].slice(0, maxRequests)
    }
  }
}
