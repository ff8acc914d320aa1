import type { VNode } from 'preact'
import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { session } from '../../api/session.js'
import { route } from '../../state/route.js'
import { NoFiles } from './empty.js'
import { FilterBar } from './filter-bar.js'
import { filtersOf, momentIn, parametersOf } from './filters.js'
import { Lines } from './lines.js'
import { Seen } from './seen.js'

/** The view Logs: `#/logs?logger=&level=&account=&request=&q=&at=`. */
export function LogsView(): VNode {
  const known = session.value
  const seen = useMemo(() => new Seen(), [])
  const [rates, setRates] = useState<ReadonlyMap<string, number>>(new Map())
  const [turn, setTurn] = useState(0)
  useLayoutEffect(() => {
    const app = document.getElementById('app')
    app?.classList.add('fills')
    return () => app?.classList.remove('fills')
  }, [])
  const { query } = route.value
  const filters = filtersOf(query)
  const hasAccount = known?.read === 'all'
  return (
    <div class="logs">
      <h1 class="sr">Logs</h1>
      {known?.lines === false ? (
        <div class="pad">
          <NoFiles />
        </div>
      ) : (
        <>
          <div class="pad">
            <FilterBar filters={filters} seen={seen} rates={rates} hasAccount={hasAccount} />
          </div>
          <Lines
            key={`${turn} ${parametersOf(filters)}`}
            filters={filters}
            at={momentIn(query.get('at'))}
            seen={seen}
            hasAccount={hasAccount}
            onRates={setRates}
            onRestart={() => setTurn((before) => before + 1)}
          />
        </>
      )}
    </div>
  )
}
