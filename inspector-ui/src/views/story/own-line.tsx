import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { count, plain } from '../../format/numbers.js'
import { cut, idEnd, valueText } from '../../format/texts.js'
import type { RequestDetail } from '../../protocol.js'
import { linkTo, linkToStory } from '../../state/route.js'

const shownAtMost = 12

/** The fields and counters that the service added, on one quiet line. Over twelve fold. */
export function OwnLine({ record }: { readonly record: RequestDetail }): VNode | null {
  const [isOpened, open] = useState(false)
  const fields = Object.entries(record.fields ?? {})
  const counts = Object.entries(record.counts ?? {})
  const all = fields.length + counts.length
  if (all === 0) return null
  const shownFields = isOpened ? fields : fields.slice(0, shownAtMost)
  const shownCounts = isOpened ? counts : counts.slice(0, Math.max(0, shownAtMost - shownFields.length))
  const folded = all - shownFields.length - shownCounts.length
  return (
    <p class="own">
      {shownFields.length > 0 && <span>Its fields</span>}
      {shownFields.map(([name, value]) => (
        <Field key={name} name={name} value={valueText(value)} isText={typeof value !== 'object'} />
      ))}
      {shownCounts.length > 0 && <span>{shownFields.length > 0 ? 'and counters' : 'Its counters'}</span>}
      {shownCounts.map(([name, value]) => (
        <a key={name} href={linkTo('cost', { by: `counts.${name}` })} title={cut(`Cost: ${name} by account`, 600)}>
          <bdi>{cut(name, 60)}</bdi> <b>{plain(count(value))}</b>
        </a>
      ))}
      {folded > 0 && (
        <button type="button" class="more" onClick={() => open(true)}>
          {folded} more
        </button>
      )}
    </p>
  )
}

function Field({ name, value, isText }: { name: string; value: string; isText: boolean }): VNode {
  const inside = (
    <>
      <bdi>{cut(name, 60)}</bdi>=
      <b>
        <bdi>{cut(value, 60)}</bdi>
      </b>
    </>
  )
  const title = cut(`${name}=${value}`, 2_000)
  // A field that is an object matches no filter.
  if (!isText)
    return (
      <span class="f" title={title}>
        {inside}
      </span>
    )
  return (
    <a href={linkTo('requests', { [`field.${name}`]: value })} title={`Requests with ${title}`}>
      {inside}
    </a>
  )
}

const maxOthers = 12

/** Other records with the same request id: attempts at a job, or an id that a proxy used twice. */
export function OthersLine({ record: { others = [] } }: { readonly record: RequestDetail }): VNode | null {
  if (others.length === 0) return null
  return (
    <p class="own">
      <span>Also recorded with this id</span>
      {others.slice(0, maxOthers).map((id) => (
        <a key={id} href={linkToStory(id)} title={cut(id, 200)}>
          …{cut(idEnd(id), 20)} ›
        </a>
      ))}
      {others.length > maxOthers && <span>and {others.length - maxOthers} more</span>}
    </p>
  )
}
