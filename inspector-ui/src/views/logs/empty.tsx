import type { VNode } from 'preact'
import { setQuery } from '../../state/route.js'
import { isOpen, type LineFilters } from './filters.js'
import type { Older } from './lines-reader.js'

interface Props {
  readonly filters: LineFilters
  readonly older: Older
  readonly onOlder: () => void
}

/** In the place of lines while there are none. */
export function Empty({ filters, older, onOlder }: Props): VNode {
  if (older.kind === 'searched' || older.kind === 'more')
    return (
      <section class="state">
        <h2>No such line yet</h2>
        <p>Many lines were read. None of them matches.</p>
        <div class="act">
          <button type="button" class="btn" onClick={onOlder}>
            Search further
          </button>
          <ClearFilters filters={filters} />
        </div>
      </section>
    )
  if (!isOpen(filters))
    return (
      <section class="state">
        <h2>No line matches</h2>
        <p>New lines that match appear here by themselves.</p>
        <div class="act">
          <ClearFilters filters={filters} />
        </div>
      </section>
    )
  return (
    <section class="state">
      <h2>No line was written yet</h2>
      <p>Lines appear here as the service writes them, those of every logger and file.</p>
    </section>
  )
}

function ClearFilters({ filters }: { readonly filters: LineFilters }): VNode | null {
  if (isOpen(filters)) return null
  const clear = (): void => {
    const fields = filters.fields.map(([name]) => [`field.${name}`, undefined] as const)
    setQuery({
      ...Object.fromEntries(fields),
      logger: undefined,
      level: undefined,
      account: undefined,
      request: undefined,
      q: undefined,
      process: undefined,
      at: undefined,
    })
  }
  return (
    <button type="button" class="btn" onClick={clear}>
      Show all lines
    </button>
  )
}

/** The service writes its lines where the page cannot read them. */
export function NoFiles(): VNode {
  return (
    <section class="state">
      <h2>No log lines can be read here</h2>
      <p>
        The page reads the files of Spoor's loggers, or ClickHouse. This service writes its lines to the console, or to
        a handler of its own.
      </p>
    </section>
  )
}
