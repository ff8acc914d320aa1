import type { Level } from '../../logging/levels.js'
import type { LinesAsked } from '../../reading/lines/line-page.js'
import { lineReading } from '../../reading/lines/line-reading.js'
import { RowsReading } from '../../reading/rows-reading.js'
import { Searches } from '../../reading/searches.js'
import { storyMarkdown } from '../../reading/story/story-markdown.js'
import { version } from '../../reading/version.js'
import type { RecordFilter } from '../../records/record-store.js'
import type { Arguments } from '../command.js'
import { linesFrom, spanMs } from '../source.js'

/** What the tools ask for. */
export interface ListAsked {
  readonly account?: string
  readonly user?: string
  readonly route?: string
  readonly status?: string
  readonly kind?: 'request' | 'job'
  readonly minMs?: number
  readonly last?: string
  readonly limit?: number
}

export interface TopAsked {
  readonly by?: 'account' | 'route'
  readonly last?: string
}

export interface LinesWanted {
  readonly logger?: string
  readonly level?: Level
  readonly account?: string
  readonly requestId?: string
  readonly text?: string
  readonly last?: string
  readonly limit?: number
}

/** Answers the questions of the tools, from log files or a running service. */
export interface Answers {
  /** The story as Markdown; undefined for an unknown id. */
  find(id: string): Promise<string | undefined>
  list(asked: ListAsked): Promise<unknown>
  top(asked: TopAsked): Promise<unknown>
  lines(asked: LinesWanted): Promise<unknown>
  health(): Promise<unknown>
}

const maxTopRows = 50
const hourMs = 3_600_000
/** What `health` says of the log files within one account. */
export const onlyForAll = 'only for readers of everything'

/** The time that `last` names, as in 15m; an hour without it. */
export function sinceOf(last: string | undefined): number {
  return Date.now() - (spanMs(last ?? '1h') ?? hourMs)
}

/** Answers from the log lines that `--dir` names, within `--account`. */
export async function localAnswers(given: Arguments): Promise<Answers> {
  const { access, lines: source } = await linesFrom(given)
  const rows = new RowsReading(source)
  const lines = lineReading(source, new Searches())
  return {
    find: async (id) => {
      const story = await lines.story(access, id, { jobs: false })
      return story && storyMarkdown(story)
    },
    list: ({ last, limit = 20, ...filter }) =>
      rows.list(access, { ...(filter as RecordFilter), from: sinceOf(last), limit: Math.min(100, limit) }),
    top: async ({ by = 'account', last }) => {
      const sums = await source.top({ access, from: sinceOf(last), by })
      const items = [...sums].sort((a, b) => b.cpuMs - a.cpuMs || b.ms - a.ms).slice(0, maxTopRows)
      return { by, note: 'cpuMs is the CPU of the measured requests only', items }
    },
    lines: ({ logger, last, limit = 50, ...filter }) => {
      const asked: LinesAsked = {
        ...filter,
        from: sinceOf(last),
        limit: Math.min(200, limit),
        ...(logger === undefined ? {} : { loggers: [logger] }),
      }
      return lines.lines(access, asked)
    },
    health: async () => ({ spoor: version, files: (await rows.files(access)) ?? onlyForAll }),
  }
}
