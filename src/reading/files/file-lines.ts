import type { LineSource } from '../line-source.js'
import { type AgreeOnKey, PlaceSeal } from '../lines/place-seal.js'
import type { LogFileHealth } from '../reading.js'
import { TopRows } from '../top-rows.js'
import { FileSearch } from './file-search.js'
import { LiveLines } from './live-lines.js'
import type { LogGroup } from './log-groups.js'
import { logLines } from './log-lines.js'
import { openListed, type ReadingMode } from './open-file.js'
import { requestRows } from './request-rows.js'
import { firstTime } from './time-in-file.js'

/** How log files are read. */
export interface FileLinesOptions {
  /** Default: `async`. */
  readonly mode?: ReadingMode | undefined
  /** Whether following keeps the process alive. Default: false. */
  readonly keepsAlive?: boolean | undefined
  /** The key of all processes: a page or a stream of one goes on in another. Default: of this reading alone. */
  readonly agree?: AgreeOnKey | undefined
}

/** The lines of log files. @param list lists the files, as they are at that moment */
export function fileLines(
  list: () => LogGroup[],
  { mode = 'async', keepsAlive = false, agree }: FileLinesOptions = {},
): LineSource {
  const seal = new PlaceSeal(agree)
  const live = new LiveLines(list, mode, keepsAlive, seal)
  const rows: LineSource['rows'] = (asked) => requestRows({ groups: list(), mode, ...asked })
  return {
    kind: 'files',
    search: (access, progress) => new FileSearch({ access, groups: list(), mode, progress }),
    page: async (access, asked) => {
      await seal.ready()
      return logLines(asked, { groups: list(), access, mode, seal })
    },
    watch: async (viewer, after) => {
      await seal.ready()
      return live.add(viewer, after)
    },
    canReverse: false,
    rows,
    totals: async (asked) => {
      // `spoor find` asks for none, and must not load the code for them.
      const { rowsTotals } = await import('../rows-totals.js')
      return rowsTotals(rows, asked)
    },
    top: async ({ by, ...asked }) => {
      const sums = new TopRows(by)
      for await (const batch of rows(asked)) for (const row of batch) sums.add(row)
      return [...sums.rows.values()]
    },
    parts: () => Promise.all(list().map((group) => groupHealth(group, mode))),
    close: () => live.close(),
  }
}

async function groupHealth({ name, files }: LogGroup, mode: ReadingMode): Promise<LogFileHealth> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const last = files.at(-1)
  const open = last && openListed(last, mode)
  if (open === undefined) return { file: name, bytes }
  const oldest = await firstTime(open)
  open.close()
  return oldest === undefined ? { file: name, bytes } : { file: name, bytes, oldest: new Date(oldest).toISOString() }
}
