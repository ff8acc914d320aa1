import type { VNode } from 'preact'
import { useKeys } from '../../state/keys.js'
import { setQuery } from '../../state/route.js'
import { dropAll, type RequestFilter, setFilters } from './filter.js'

/** What stands in place of rows when the filters leave none. */
export function NothingMatches({ filter }: { readonly filter: RequestFilter }): VNode {
  const set = setFilters(filter)
  const what = filter.kind === 'job' ? 'job' : filter.kind === 'request' ? 'request' : 'request or job'
  const drop = (): void => setQuery(dropAll(set))
  return (
    <section class="state">
      <h2>
        No {what} matches{set.length > 0 && ': '}
        {set.map(({ words }) => words).join(', ')}
      </h2>
      <p>{set.length === 0 ? 'The list fills as requests end.' : 'Nothing kept matches all of these.'}</p>
      <div class="act">
        {set.length > 1 &&
          set.map(({ words, drop }) => (
            <button type="button" class="btn" key={words} onClick={() => setQuery(drop)}>
              Drop {words}
            </button>
          ))}
        {set.length > 0 && (
          <button type="button" class="btn" onClick={drop}>
            {set.length === 1 ? 'Drop it' : 'Drop all'} <kbd>Esc</kbd>
          </button>
        )}
        {filter.kind !== undefined && (
          <button type="button" class="btn" onClick={() => setQuery({ kind: 'both' })}>
            Requests and jobs
          </button>
        )}
      </div>
    </section>
  )
}

/** `Esc` drops the filters that are set. */
export function useDropKey(filter: RequestFilter): void {
  const set = setFilters(filter)
  useKeys(set.length === 0 ? [] : [{ keys: 'Escape', does: 'clear the filters', run: () => setQuery(dropAll(set)) }])
}
