import { useEffect, useState } from 'preact/hooks'
import { session } from '../../api/session.js'
import { listen, together } from '../../state/listen.js'
import { longScaleMs, shortScaleMs } from './feed.js'
import type { RowLook } from './row.js'

/** How rows stand on this screen. */
export interface ListLayout extends RowLook {
  readonly isSmall: boolean
  /** How many columns are shown. */
  readonly columns: number
  /** In px, borders included. requests.css has the same heights. */
  readonly rowHeight: number
}

/** requests.css has columns that are 16 px wider. */
function barWidthOf(hasProcess: boolean): number {
  if (medium.matches) return 220
  if (hasProcess && normal.matches) return 160
  return hasProcess && wide.matches ? 220 : 344
}

const small = matchMedia('(max-width: 820px)')
const medium = matchMedia('(max-width: 1180px)')
const normal = matchMedia('(max-width: 1280px)')
const wide = matchMedia('(max-width: 1400px)')
const coarse = matchMedia('(pointer: coarse)')

// The page leaves so much on both sides of a small screen.
const marginsPx = 32

/** The layout of the list, as the screen changes. It follows from the screen's width alone: to ask for the list's would lay the page out. */
export function useListLayout(isLong: boolean): ListLayout {
  const [, redraw] = useState(0)
  useEffect(() => {
    const change = (): void => redraw((before) => before + 1)
    const resize = (): void => {
      if (small.matches) change()
    }
    return together([
      listen(window, { resize }),
      ...[small, medium, normal, wide, coarse].map((query) => listen(query, { change })),
    ])
  }, [])
  const isSmall = small.matches
  const hasAccount = session.value?.read === 'all'
  // Lines without a pid, of other programs or cut, name no process.
  const hasProcess = (session.value?.processes.filter(({ pid }) => pid > 0).length ?? 0) > 1
  const maxMs = isLong ? longScaleMs : shortScaleMs
  return {
    isSmall,
    rowHeight: isSmall ? 87 : coarse.matches ? 44 : 30,
    barWidth: isSmall ? Math.max(80, document.documentElement.clientWidth - marginsPx) : barWidthOf(hasProcess),
    maxMs,
    grid: [0, maxMs / 4, maxMs / 2, (maxMs * 3) / 4, maxMs],
    hasAccount,
    hasProcess,
    columns: (hasAccount ? 8 : 7) + (medium.matches ? 0 : 3 + (hasProcess ? 1 : 0)),
  }
}
