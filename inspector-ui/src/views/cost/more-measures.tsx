import type { VNode } from 'preact'
import { count, plain } from '../../format/numbers.js'
import { MenuItem } from '../../parts/menu.js'
import { Text } from '../../parts/shown.js'
import { useMenu } from '../../parts/use-menu.js'
import type { RankedBy } from '../../protocol.js'
import { counter, type Measure, moreMeasures } from './measures.js'

interface Props {
  readonly measure: Measure
  readonly counters: readonly { readonly name: string; readonly sum: number }[]
  readonly onChoose: (by: RankedBy) => void
}

/** The menu at the end of the measures: the rarer ones, and the counters of the service. */
export function MoreMeasures({ measure, counters, onChoose }: Props): VNode {
  const { isOpen, root, button, toggle, close, onKeyDown } = useMenu()
  const isOurs = moreMeasures.some(({ by }) => by === measure.by) || measure.by.startsWith('counts.')
  const choose = (by: RankedBy): void => {
    close()
    onChoose(by)
  }
  return (
    <span class="chip-menu more-measures" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="more-button"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-pressed={isOurs}
        onClick={toggle}
      >
        {isOurs ? <Text of={measure.label} max={16} /> : 'more'} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div class="menu" role="menu" aria-label="More measures">
          {moreMeasures.map(({ by, label }) => (
            <MenuItem key={by} isChosen={by === measure.by} onChoose={() => choose(by)}>
              {label}
            </MenuItem>
          ))}
          <div class="mh" role="presentation">
            {counters.length === 0 ? 'This service counts nothing (spoor.count)' : 'Counters of this service'}
          </div>
          {counters.map(({ name, sum }) => (
            <MenuItem
              key={name}
              isChosen={counter(name).by === measure.by}
              onChoose={() => choose(`counts.${name}`)}
              note={plain(count(sum))}
            >
              <Text of={name} max={30} />
            </MenuItem>
          ))}
        </div>
      )}
    </span>
  )
}
