import { useMemo } from 'preact/hooks'
import { asApiError } from '../../api/resource.js'
import { reasonOf } from '../../parts/failure.js'
import type { RequestDetail } from '../../protocol.js'
import { go, linkToStory } from '../../state/route.js'
import { say } from '../../state/status.js'
import { parametersOf } from '../requests/filter.js'
import { type KeptList, keptList } from '../requests/use-feed.js'
import { newerThan, olderThan } from './neighbours.js'

/** What `j` and `k` do. */
export interface Neighbours {
  readonly onNewer: () => void
  readonly onOlder: () => void
}

/** Goes to the next newer or older request of the list that the story was opened from; else of all requests. */
export function useNeighbours(record: RequestDetail): Neighbours {
  return useMemo(() => {
    const to = async (find: typeof olderThan, which: string): Promise<void> => {
      const list = listWith(record.id)
      try {
        const next = await find(record, list === undefined ? {} : parametersOf(list.feed.filter))
        if (next === undefined) say(`No ${which} request`)
        else {
          // Esc then leads to the row of the story that was read last.
          if (list !== undefined) list.selected = next.id
          go(linkToStory(next.id))
        }
      } catch (error) {
        say(reasonOf(asApiError(error)))
      }
    }
    return { onNewer: () => void to(newerThan, 'newer'), onOlder: () => void to(olderThan, 'older') }
  }, [record])
}

/** The list that the reader saw last, if this request is in it. */
function listWith(id: string): KeptList | undefined {
  const list = keptList()
  if (list === undefined) return undefined
  return list.selected === id || list.feed.rows.peek()?.some((row) => row.id === id) ? list : undefined
}
