import { Component, type VNode } from 'preact'
import { cut, idEnd } from '../../format/texts.js'
import { clock } from '../../format/times.js'
import { Text } from '../../parts/shown.js'
import { linkToStory } from '../../state/route.js'
import { missingWords } from './chart-layout.js'
import type { GapEntry, LineEntry } from './entries.js'
import { shownFields, stackOf } from './line-text.js'

/** Where a line is on the trail of the chosen line's request. */
export interface OnTrail {
  readonly isSame: boolean
  readonly isBetween: boolean
  readonly isFirst: boolean
  readonly isLast: boolean
}

interface LineProps {
  readonly entry: LineEntry
  readonly place: number
  readonly isChosen: boolean
  readonly trail: OnTrail | undefined
  readonly isUnfolded: boolean
  readonly hasAccount: boolean
  /** The message and its fields are shown whole. */
  readonly isWrapped: boolean
  readonly measure: ((element: HTMLLIElement | null) => void) | undefined
}

const marks = ['', '▲', '◆'] as const
const markNames = ['', 'warning ', 'error '] as const

/** One line of the log, drawn again only if something of it changes. Clicks are the list's. */
export class LineRow extends Component<LineProps> {
  override shouldComponentUpdate({ trail, ...next }: LineProps): boolean {
    const names = Object.keys(next) as (keyof typeof next)[]
    return names.some((name) => next[name] !== this.props[name]) || !isSameTrail(trail, this.props.trail)
  }

  override render(): VNode {
    return <Line {...this.props} />
  }
}

function isSameTrail(one: OnTrail | undefined, other: OnTrail | undefined): boolean {
  return (
    one?.isSame === other?.isSame &&
    one?.isBetween === other?.isBetween &&
    one?.isFirst === other?.isFirst &&
    one?.isLast === other?.isLast
  )
}

function Line(props: LineProps): VNode {
  const { entry, place, isChosen, hasAccount, isUnfolded, measure } = props
  const { line, trouble } = entry
  const stack = stackOf(line)
  return (
    <li
      class={classOf(props)}
      data-place={place}
      data-key={entry.key}
      tabIndex={-1}
      aria-current={isChosen ? 'true' : undefined}
      {...(measure === undefined ? {} : { ref: measure })}
    >
      <span class="g">
        {trouble > 0 && (
          <>
            <span aria-hidden="true">{marks[trouble]}</span>
            <span class="sr">{line.level === 'fatal' ? 'fatal error ' : markNames[trouble]}</span>
          </>
        )}
      </span>
      <Time {...props} />
      <span class="lg">{line.logger !== undefined && <Text of={line.logger} max={40} />}</span>
      {hasAccount && <span class="ac">{line.account !== undefined && <Text of={line.account} max={30} />}</span>}
      <Message {...props} stackLines={stack?.length} />
      <RequestId {...props} />
      {isUnfolded && stack !== undefined && <pre class="stack">{stack.map((one) => cut(one, 400)).join('\n')}</pre>}
    </li>
  )
}

function classOf({ entry, isChosen, trail }: LineProps): string {
  const { trouble, line } = entry
  const classes = ['log-line']
  if (trouble === 1) classes.push('warn')
  if (trouble === 2) classes.push('error')
  if (line.level === 'debug' || line.level === 'trace') classes.push('fine')
  if (isChosen) classes.push('cur')
  if (trail?.isSame) classes.push('same')
  if (trail?.isBetween) classes.push('trail')
  if (trail?.isFirst) classes.push('first')
  if (trail?.isLast) classes.push('last')
  return classes.join(' ')
}

/** The time leads to the story. */
function Time({ entry, isChosen }: LineProps): VNode {
  const { at, line } = entry
  const utc = line.time
  if (utc === undefined) return <span class="t" />
  const { requestId } = line
  if (requestId === undefined)
    return (
      <time class="t" dateTime={utc} title={utc}>
        {clock(at)}
      </time>
    )
  return (
    <a class="t" href={linkToStory(requestId)} title={`${utc}. Open its story, Enter`} tabIndex={isChosen ? 0 : -1}>
      {clock(at)}
    </a>
  )
}

function Message({
  entry,
  isWrapped,
  isChosen,
  isUnfolded,
  stackLines,
}: LineProps & { stackLines: number | undefined }): VNode {
  const { line } = entry
  const [message, field] = isWrapped ? [4_000, 1_000] : [300, 60]
  if (line.message === undefined)
    return (
      <span class="m raw" title="A line that Spoor did not write">
        <Text of={line.text ?? ''} max={message} />
      </span>
    )
  return (
    <span class="m">
      <Text of={line.message} max={message} />
      {stackLines !== undefined && (
        <button type="button" class="fold" data-act="fold" aria-expanded={isUnfolded} tabIndex={isChosen ? 0 : -1}>
          {isUnfolded ? '▾' : '▸'} stack
        </button>
      )}
      {shownFields(line, isWrapped).map(({ name, value }) => (
        <span class="kv" key={name}>
          {name !== '' && <span class="k">{cut(name, 60)}=</span>}
          <span class="v" title={value.length > field ? cut(value, 2_000) : undefined}>
            {cut(value, field)}
          </span>
        </span>
      ))}
    </span>
  )
}

function RequestId({ entry, trail, isChosen }: LineProps): VNode {
  const { requestId, parentId } = entry.line
  if (requestId === undefined) return <span class="id" />
  const isJob = trail?.isSame === true && parentId !== undefined
  return (
    <button
      type="button"
      class="id"
      data-act="request"
      title={`${cut(requestId, 200)}. Show only its lines`}
      tabIndex={isChosen ? 0 : -1}
    >
      {isJob ? 'its job' : `…${cut(idEnd(requestId), 8)}`}
    </button>
  )
}

interface GapProps {
  readonly entry: GapEntry
  readonly place: number
  readonly isFilling: boolean
  readonly fill: () => void
  readonly measure: ((element: HTMLLIElement | null) => void) | undefined
}

/** A row in the place of lines that are not shown. */
export function GapRow({ entry, place, isFilling, fill, measure }: GapProps): VNode {
  const { title, why } = wordsOf(entry)
  const isGap = entry.why !== 'rotated'
  return (
    <li class="note" data-place={place} {...(measure === undefined ? {} : { ref: measure })}>
      <i aria-hidden="true">{isGap ? '⋯' : '↻'}</i>
      <span>
        <b>{title}</b>
        {why}
      </span>
      {isGap && (
        <button type="button" class="btn" disabled={isFilling} onClick={fill}>
          {isFilling ? 'Fetching' : 'Fetch'}
        </button>
      )}
    </li>
  )
}

function wordsOf({ why, lines, says }: GapEntry): { readonly title: string; readonly why: string } {
  if (why === 'unloaded') return { title: 'The lines from here on are not loaded', why: '.' }
  if (says !== undefined) return { title: says, why: '' }
  const title = missingWords(lines)
  return { title, why: why === 'slow' ? ', the browser was too slow.' : ', too many waited.' }
}
