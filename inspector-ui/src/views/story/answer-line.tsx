import type { VNode } from 'preact'
import { swatchOf } from '../../draw/kinds.js'
import { duration, plain, type Shown } from '../../format/numbers.js'
import type { RequestDetail, ToldPart } from '../../protocol.js'
import { linkToStory } from '../../state/route.js'
import { ms } from './layout/words.js'
import { roundedParts } from './rounded-parts.js'

/** The sentence: the total, and where the time went. It is the legend of the chart too. */
export function AnswerLine({ record }: { readonly record: RequestDetail }): VNode {
  const { parts, notes, durationMs, summary } = record
  const shown = roundedParts(parts, durationMs)
  return (
    <p class="answer" id="answer" title={summary.slice(0, 600)}>
      <b class="total" title={`${durationMs} ms`}>
        {plain(duration(durationMs))}
      </b>{' '}
      {parts.map((part, at) => (
        <AnswerItem
          key={part.kind}
          part={part}
          shown={shown[at] ?? duration(part.ms)}
          isLast={at === parts.length - 1}
        />
      ))}
      {notes.map((note) => (
        <span key={note} class="key dimmer">
          {note}
        </span>
      ))}
    </p>
  )
}

interface Item {
  readonly part: ToldPart
  /** Rounded so that the shown parts add up to the shown total. */
  readonly shown: Shown
  readonly isLast: boolean
}

function AnswerItem({ part, shown, isLast }: Item): VNode {
  const { kind, words, story, title } = part
  const inside = (
    <>
      <i class={swatchOf(kind)} aria-hidden="true" />
      <b>{plain(shown)}</b> {words}
      {isLast ? '. ' : ', '}
    </>
  )
  const name = kind === 'wait' ? 'key dimmer' : 'key'
  const exact = `${ms(part.ms)}: ${title}`
  if (story === undefined)
    return (
      <span class={name} title={exact}>
        {inside}
      </span>
    )
  return (
    <a class={name} href={linkToStory(story)} title={`${exact}. Opens its story`}>
      {inside}
    </a>
  )
}
