import { shownName } from './shown-name.js'
import type { RankedBy, rankings, UsageSums } from './usage.js'
import { bytesSaid, counted, heldSaid, numberSaid, timeSaid } from './usage-words.js'

/** How a figure is read and told. */
export interface FigureWords {
  value(item: UsageSums): number
  /** Its name in the totals. */
  readonly name: string
  /** What an account or route did: `used 60 % of the CPU in the last hour`. */
  did(said: Said): string
  /** The pronoun of the figure. */
  readonly them: 'it' | 'them'
  /** The beginning of the sentence if every value is 0: `No CPU was measured`. */
  readonly nothing: string
  /** True if it may be an estimate from windows. */
  readonly isMeasured?: boolean
}

interface Said {
  readonly item: UsageSums
  /** Undefined if the reader sees no shares. */
  readonly share?: string | undefined
  readonly span: string
}

const words: Readonly<Record<(typeof rankings)[number], (of: 'account' | 'route') => FigureWords>> = {
  cpu: () => ({
    name: 'cpu',
    value: ({ cpuMs = 0 }) => cpuMs,
    did: ({ item, share, span }) => {
      if (share === undefined) return `used ${timeSaid(item.cpuMs ?? 0)} of CPU in ${span}`
      return `used ${share} of the CPU in ${span}`
    },
    them: 'it',
    nothing: 'No CPU was measured',
    isMeasured: true,
  }),
  heldUp: (of) => ({
    name: 'heldUp',
    value: ({ heldOthers }) => heldOthers?.ms ?? 0,
    did: ({ item, span }) => `held up ${heldSaid(item.heldOthers ?? { requests: 0, ms: 0 }, of)} in ${span}`,
    them: 'it',
    nothing: of === 'account' ? 'No account was seen to hold up others' : 'No route was seen to hold up other requests',
    isMeasured: true,
  }),
  queries: () => ({
    name: 'queryMs',
    value: ({ queryMs }) => queryMs,
    did: ({ item, share, span }) => {
      const time = timeSaid(item.queryMs)
      const count = counted(item.queries, 'query', 'queries')
      if (share === undefined) return `used ${time} of query time in ${span} (${count})`
      return `used ${share} of the query time in ${span} (${time} in ${count})`
    },
    them: 'it',
    nothing: 'No query ended',
  }),
  pool: () => ({
    name: 'holdMs',
    value: ({ holdMs }) => holdMs,
    did: (said) =>
      `had connections of pools for ${timeSaid(said.item.holdMs)} in ${said.span}${ofAll(said, 'such time')}`,
    them: 'it',
    nothing: 'No connection of a pool was in use',
  }),
  bytes: () => ({
    name: 'bytes',
    value: ({ bytes }) => bytes,
    did: (said) => `transferred ${bytesSaid(said.item.bytes)} in ${said.span}${ofAll(said, 'bytes')}`,
    them: 'them',
    nothing: 'No bytes were transferred',
  }),
  requests: () => ({
    name: 'requests',
    value: ({ requests }) => requests,
    did: (said) => `had ${counted(said.item.requests, 'request')} in ${said.span}${ofAll(said, 'requests')}`,
    them: 'them',
    nothing: 'No request ended',
  }),
  errors: () => ({
    name: 'errors',
    value: ({ errors }) => errors,
    did: (said) => `had ${counted(said.item.errors, 'failure')} in ${said.span}${ofAll(said, 'failures')}`,
    them: 'them',
    nothing: 'No request or job failed',
  }),
}

/** How a figure of accounts or routes is read and told. */
export function figureOf(by: RankedBy, of: 'account' | 'route'): FigureWords {
  return isCount(by) ? countWords(by.slice(countPrefix.length)) : words[by](of)
}

const countPrefix = 'counts.'

function isCount(by: RankedBy): by is `counts.${string}` {
  return by.startsWith(countPrefix)
}

function countWords(name: string): FigureWords {
  const value = ({ counts }: UsageSums): number =>
    counts !== undefined && Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0
  return {
    value,
    name: `${countPrefix}${name}`,
    did: (said) => `counted ${numberSaid(value(said.item))} ${shownName(name)} in ${said.span}${ofAll(said)}`,
    them: 'them',
    nothing: 'This count got no values',
  }
}

/** `, 59 % of all requests`; empty if the reader sees no shares. */
function ofAll({ share }: Said, what = ''): string {
  if (share === undefined) return ''
  return `, ${share} of all${what === '' ? '' : ` ${what}`}`
}
