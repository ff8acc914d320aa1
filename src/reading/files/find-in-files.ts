import type { ReadAccess } from '../../records/read-access.js'
import { type FindAsked, type Found, find } from '../find/find.js'
import type { Searched } from '../find/line-search.js'
import { FileSearch } from './file-search.js'
import type { LogGroup } from './log-groups.js'
import type { ReadingMode } from './open-file.js'

/** What to find, and in which log files. */
export interface FindInFiles extends FindAsked {
  readonly access: ReadAccess
  readonly groups: readonly LogGroup[]
  /** Default: `async`. */
  readonly mode?: ReadingMode | undefined
  readonly progress?: ((searched: Searched) => void) | undefined
}

/** Finds the lines of a request or job in log files, live and rotated. */
export function findInFiles({ access, groups, mode = 'async', progress, ...asked }: FindInFiles): Promise<Found> {
  return find(new FileSearch({ access, groups, mode, progress }), asked)
}
