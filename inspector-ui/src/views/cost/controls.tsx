import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import { ChipMenu } from '../../parts/menu.js'
import { Segments } from '../../parts/segments.js'
import type { RankedBy, UsageSpan } from '../../protocol.js'
import { route, setQuery } from '../../state/route.js'
import { type Measure, mainMeasures } from './measures.js'
import { MoreMeasures } from './more-measures.js'

const spans: readonly { readonly value: UsageSpan; readonly label: string }[] = [
  { value: '5m', label: '5 min' },
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
]

/** The span that the URL names; an hour if it names none. */
export function spanOf(text: string | null): UsageSpan {
  return spans.find(({ value }) => value === text)?.value ?? (text === '10m' ? '10m' : '1h')
}

interface Props {
  readonly measure: Measure
  readonly span: UsageSpan
  /** The counters that the answer has. */
  readonly counters: readonly { readonly name: string; readonly sum: number }[]
}

/** The head of the chart: what it shows, and what else it could show. */
export function Controls({ measure, span, counters }: Props): VNode {
  const isAll = session.value?.read === 'all'
  const shown = mainMeasures.filter(({ by }) => isAll || by !== 'heldUp')
  const height = `${measure.height}${ofProcess()}`
  const choose = (by: RankedBy): void => setQuery({ by: by === 'cpu' ? undefined : by, sort: undefined })
  return (
    <div class="ctl">
      <h2 class="h">{isAll ? measure.title : measure.label}</h2>
      <span class="dim hide-s" title={height}>
        {height}
      </span>
      <Process />
      <span class="measures">
        <Segments<RankedBy>
          name="Measure"
          value={measure.by}
          choices={shown.map(({ by, label }) => ({ value: by, label }))}
          onChoose={choose}
        />
        <MoreMeasures measure={measure} counters={counters} onChoose={choose} />
      </span>
      <Segments<UsageSpan>
        name="Span"
        value={span}
        choices={spans}
        onChoose={(value) => setQuery({ span: value === '1h' ? undefined : value })}
      />
    </div>
  )
}

/** Each process sums up its own work, so with several of them the figures are those of one. */
function ofProcess(): string {
  const processes = session.value?.processes ?? []
  const own = processes.find(({ isThis }) => isThis)
  return processes.length > 1 && own !== undefined ? `; of ${own.host} ${own.pid}, which answers` : ''
}

/** Stands there from the second process on. */
function Process(): VNode | null {
  const processes = session.value?.processes ?? []
  const chosen = route.value.query.get('process') ?? undefined
  if (processes.length < 2 && chosen === undefined) return null
  return (
    <ChipMenu
      name="process"
      value={chosen}
      choices={[
        { value: undefined, label: 'any' },
        ...processes.map(({ host, pid, isThis, isLost }) => ({
          value: `${host} ${pid}`,
          label: `${host} ${pid}`,
          ...(isThis ? { note: 'this one' } : isLost ? { note: 'lost' } : {}),
        })),
      ]}
      onChoose={(process) => setQuery({ process })}
    />
  )
}
