import type { Entry } from './entry.js'

type Fields = Entry['fields']

/** The names of a request line's members. A test compares them with the table of records. */
const ofRequestLines: ReadonlySet<string> = new Set(
  (
    'id requestId clientRequestId clientTraceId kind parentId attempt queuedMs stalled maxAttempts willRetry ' +
    'nextAttemptInMs jobsQueued account user method route path status aborted upgraded contextLost name service version ' +
    'pid instance startedAt durationMs accountSwitched cpu waits beforeStartMs truncated gcMs memory io process heldUp logs ' +
    'outgoing steps jobs timeline late error remoteAddress userAgent queries queryKinds queryRuns poolWaits fields counts'
  ).split(' '),
)
// A request line has these members itself, with the same values.
const ofService: ReadonlySet<string> = new Set(['service', 'version'])

/**
 * The fields of the option `base` as a logger writes them. On request lines, a name that a request line may have gets a
 * trailing `_`: `base: { name: 'shop' }` must not be read as the name of a job.
 */
export function baseOf(logger: string, base: Fields): Fields {
  if (logger !== 'requests') return base
  return Object.fromEntries(Object.entries(base).map(([name, value]) => [nameOf(name, value, base), value]))
}

function nameOf(name: string, value: Fields[string], base: Fields): string {
  const isFree = !ofRequestLines.has(name) || (ofService.has(name) && typeof value === 'string')
  let free = isFree ? name : `${name}_`
  while (free !== name && Object.hasOwn(base, free)) free += '_'
  return free
}
