import type { RequestDetail, ShownLine } from '../../protocol.js'
import type { TimedLine } from './layout/story-input.js'

/** The lines of a request with their places on its axis, oldest first. Lines without a time have none. */
export function timedLines(
  lines: readonly ShownLine[],
  { startedAt }: Pick<RequestDetail, 'startedAt'>,
): readonly TimedLine[] {
  const start = Date.parse(startedAt)
  const timed: TimedLine[] = []
  for (const line of lines) {
    const atMs = line.time === undefined ? Number.NaN : Date.parse(line.time) - start
    if (Number.isFinite(atMs)) timed.push({ atMs, kind: kindOf(line), line })
  }
  return timed.sort((one, other) => one.atMs - other.atMs)
}

function kindOf({ level }: ShownLine): TimedLine['kind'] {
  if (level === 'warn') return 'warn'
  return level === 'error' || level === 'fatal' ? 'fail' : 'plain'
}

/** How many lines each logger wrote: `publish_sync 5, wordpress_api 4`. */
export function loggersOf(lines: readonly TimedLine[]): readonly (readonly [logger: string, count: number])[] {
  const counts = new Map<string, number>()
  for (const { line } of lines) {
    const logger = line.logger ?? 'without a logger'
    counts.set(logger, (counts.get(logger) ?? 0) + 1)
  }
  return [...counts].sort(([, one], [, other]) => other - one)
}
