import { mayReadAccount, type ReadAccess } from '../../records/read-access.js'
import { find } from '../find/find.js'
import type { LogGroup } from '../find/log-groups.js'
import type { ReadingMode } from '../find/open-file.js'
import type { Searches } from '../searches.js'
import { shownRecord } from '../shown-error.js'
import { type Story, storyOf } from '../story/story.js'
import { LiveLines, type Viewer } from './live-lines.js'
import { type LinePage, type LinesAsked, logLines } from './log-lines.js'
import { type AgreeOnKey, PlaceSeal } from './place-seal.js'
import { withoutInternals } from './withheld-errors.js'

/** The only way to read log lines. Every method applies the reader's access before a line is parsed. */
export interface LineReading {
  /**
   * Everything that the log files have about a request or job; undefined if they have nothing that the reader may see.
   *
   * @throws ReadingError if too many searches wait
   */
  story(access: ReadAccess, id: string, asked: { readonly jobs: boolean }): Promise<Story | undefined>
  /**
   * Log lines, newest first.
   *
   * @throws RangeError for an invalid `before`; ReadingError if too many searches wait
   */
  lines(access: ReadAccess, asked: LinesAsked): Promise<LinePage>
  /** Sends a viewer the lines that are written from now on. @returns a function that ends it */
  watch(viewer: Viewer, after?: string): Promise<() => void>
  close(): void
}

/**
 * Reads the lines of the log files that `list` gives.
 *
 * @param agree the key of all processes: a page or a stream of one goes on in another. Default: of this reading alone
 */
export function lineReading(
  list: () => LogGroup[],
  searches: Searches,
  mode: ReadingMode = 'async',
  agree?: AgreeOnKey,
): LineReading {
  const seal = new PlaceSeal(agree)
  const live = new LiveLines(list, mode, false, seal)
  return {
    story: async (access, id, { jobs }) => {
      // An invalid `access` throws before any file is read.
      mayReadAccount(access, undefined)
      const found = await searches.run(access, () => find({ access, groups: list(), id, jobs, mode }))
      return storyOf(found, { record: (record) => shownRecord(access, record), line: withoutInternals(access) })
    },
    lines: async (access, asked) => {
      mayReadAccount(access, undefined)
      await seal.ready()
      return searches.run(access, () => logLines(asked, { groups: list(), access, mode, seal }))
    },
    watch: async (viewer, after) => {
      mayReadAccount(viewer.access, undefined)
      await seal.ready()
      return live.add(viewer, after)
    },
    close: () => live.close(),
  }
}
