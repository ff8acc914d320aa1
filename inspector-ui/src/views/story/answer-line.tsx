import type { VNode } from 'preact'
import { swatchOf } from '../../draw/kinds.js'
import { duration, plain } from '../../format/numbers.js'
import type { RequestDetail } from '../../protocol.js'
import { linkToStory } from '../../state/route.js'
import { type AnswerPart, answerOf, notesOf } from './answer.js'
import { ms } from './layout/words.js'

/** The sentence: the total, and where the time went. It is the legend of the chart too. */
export function AnswerLine({ record }: { readonly record: RequestDetail }): VNode {
  const parts = answerOf(record)
  const notes = notesOf(record)
  return (
    <p class="answer" id="answer" title={record.summary.slice(0, 600)}>
      <b class="total" title={`${record.durationMs} ms`}>
        {plain(duration(record.durationMs))}
      </b>{' '}
      {parts.map((part, at) => (
        <AnswerItem key={part.kind} part={part} isLast={at === parts.length - 1} />
      ))}
      {notes.map((note) => (
        <span key={note} class="key dimmer">
          {note}
        </span>
      ))}
    </p>
  )
}

function AnswerItem({ part, isLast }: { readonly part: AnswerPart; readonly isLast: boolean }): VNode {
  const { kind, shown, words, story, title } = part
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
