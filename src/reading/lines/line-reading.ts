import { mayReadAccount, type ReadAccess } from '../../records/read-access.js'
import { find } from '../find/find.js'
import type { LineSource } from '../line-source.js'
import type { Searches } from '../searches.js'
import { shownRecord } from '../shown-error.js'
import { type Story, storyOf } from '../story/story.js'
import type { LinePage, LinesAsked } from './line-page.js'
import type { Viewer } from './watching.js'
import { withoutInternals } from './withheld-errors.js'

/** The only way to read log lines. Every method applies the reader's access before a line is parsed. */
export interface LineReading {
  /**
   * Everything that log lines tell about a request or job; undefined if there is nothing that the reader may see.
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

/** Reads the lines of a source. */
export function lineReading(source: LineSource, searches: Searches): LineReading {
  return {
    story: async (access, id, { jobs }) => {
      // An invalid `access` throws before anything is read.
      mayReadAccount(access, undefined)
      const found = await searches.run(access, () => find(source.search(access), { id, jobs }))
      return storyOf(found, { record: (record) => shownRecord(access, record), line: withoutInternals(access) })
    },
    lines: async (access, asked) => {
      mayReadAccount(access, undefined)
      return searches.run(access, () => source.page(access, asked))
    },
    watch: async (viewer, after) => {
      mayReadAccount(viewer.access, undefined)
      return source.watch(viewer, after)
    },
    close: () => source.close(),
  }
}
