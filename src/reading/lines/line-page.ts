import type { ShownLine } from '../story/story.js'
import type { LineFilter } from './line-filter.js'

/** One page of log lines, newest first. */
export interface LinePage {
  readonly items: readonly ShownLine[]
  /** Pass it as `before` to get the next page. Present as long as there may be older lines. */
  readonly next?: string | undefined
}

export interface LinesAsked extends LineFilter {
  readonly before?: string | undefined
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined
}
