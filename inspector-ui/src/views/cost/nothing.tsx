import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import type { Session, UsageAnswer } from '../../protocol.js'
import type { Measure } from './measures.js'

/** Why a measure has no figures, and what gives it some. */
export interface Why {
  readonly title: string
  readonly text: string
}

/** What must be known to say why nothing is there. */
export interface NothingKnown {
  readonly answer: Pick<UsageAnswer, 'items' | 'windows' | 'exact'>
  readonly measure: Pick<Measure, 'by' | 'isMeasured' | 'label'>
  readonly mode: 'header' | 'privileged' | 'all' | 'off'
  /** The process that the reader chose, if it is not the one that answers. */
  readonly otherProcess: string | undefined
  readonly source: Session['source']
}

/** Says why there is nothing to draw. Undefined if nothing happened in the span, which the sentence says. */
export function whyNothing({ answer, measure, mode, otherProcess, source }: NothingKnown): Why {
  if (otherProcess !== undefined)
    return {
      title: `The figures of ${otherProcess} are with that process`,
      text: 'Each process sums up its own work. Choose any process.',
    }
  if (answer.items.length === 0)
    return {
      title: 'No request has ended in this time',
      text: source === 'service' ? 'A longer span may have some.' : 'The log lines have no totals of this time.',
    }
  if (measure.isMeasured && !answer.exact && answer.windows === undefined) return whyNotMeasured(mode, measure.label)
  if (measure.by.startsWith('counts.'))
    return { title: 'This counter got no values', text: 'spoor.count adds to it. A longer span may have some.' }
  return { title: 'Nothing to draw', text: 'All accounts have 0 in this time. A longer span may have more.' }
}

function whyNotMeasured(mode: NothingKnown['mode'], label: string): Why {
  if (mode === 'off')
    return {
      title: 'No CPU is measured: tracking.mode is off',
      text: 'Choose requests, bytes, queries or a counter: these are counted all the same.',
    }
  return {
    title: `${label} is not known yet`,
    text: 'Spoor measures all work for 50 ms of every second. The first figures come after a second. With tracking.windows: false, only mode all tells who uses the CPU.',
  }
}

/** Why a figure of CPU is a dash, in the words of a title. */
export function whyUnknown(mode: NothingKnown['mode']): string {
  if (mode === 'off') return 'not measured: tracking.mode is off'
  return 'not measured: no window has seen it'
}

/** What stands in place of the chart. */
export function Nothing(known: NothingKnown): VNode {
  const { title, text } = whyNothing(known)
  return (
    <section class="state nothing">
      <h2>{title}</h2>
      <p>{text}</p>
    </section>
  )
}

/** The process that the URL names, if it is another one than that which answers. */
export function otherProcess(wanted: string | null): string | undefined {
  const [own] = session.value?.processes ?? []
  if (wanted === null || wanted === '' || own === undefined) return undefined
  const names = [own.instance, own.host, String(own.pid), `${own.host} ${own.pid}`]
  return names.includes(wanted) ? undefined : wanted
}
