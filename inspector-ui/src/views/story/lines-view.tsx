import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { cut, valueText } from '../../format/texts.js'
import { Text } from '../../parts/shown.js'
import { useWindow } from '../../parts/use-window.js'
import { linkTo } from '../../state/route.js'
import { computed } from '../../state/signal.js'
import { hovered, pin, pinned, shownAt } from './cursor.js'
import type { Interval } from './layout/intervals.js'
import { type Scale, scaleOf } from './layout/scale.js'
import type { TimedLine } from './layout/story-input.js'
import { loggersOf } from './timed-lines.js'
import { jobLinesShown } from './use-story.js'

/** The axis of the lanes in small, for the trail beside the lines. */
export interface TrailAxis {
  readonly shown: Interval
  /** When the response was sent; undefined while the request is open. */
  readonly end: number | undefined
  readonly held: readonly Interval[]
}

interface Props {
  readonly lines: readonly TimedLine[]
  readonly requestId: string
  readonly axis: TrailAxis
  /** Not all files were read. */
  readonly isPartial?: boolean
  readonly hasJobs?: boolean
}

const rowPx = 24
const trailPx = 184
// A row of lines of a small screen takes two rows or three.
const smallRowPx = 62
const wholeUpTo = 200

/** The log lines of a request, with a trail on the same axis as the lanes. */
export function LinesView({ lines, requestId, axis, isPartial = false, hasJobs = false }: Props): VNode {
  const loggers = useMemo(() => loggersOf(lines), [lines])
  const hasTrouble = lines.some(({ kind }) => kind !== 'plain')
  return (
    <section class="lines" aria-labelledby="lines-head">
      <div class="hd">
        <h2 class="h" id="lines-head">
          Log lines
        </h2>
        <div class="r">
          <span class="dim loggers">
            {loggers.slice(0, 6).map(([logger, count], at) => (
              <span key={logger}>
                {at > 0 && ', '}
                <Text of={logger} max={30} /> {count}
              </span>
            ))}
            {loggers.length > 6 && `, ${loggers.length - 6} others`}
          </span>
          <span class="grow" />
          {isPartial && (
            <span class="dim" title="Only the time of its id was read">
              there may be more lines
            </span>
          )}
          {hasTrouble && (
            <span class="dim">
              <kbd>n</kbd> next warning
            </span>
          )}
          {hasJobs && (
            <button
              type="button"
              class="chip"
              aria-pressed={jobLinesShown.value}
              onClick={() => {
                jobLinesShown.value = !jobLinesShown.value
              }}
            >
              lines of its jobs
            </button>
          )}
          <a class="btn" href={linkTo('logs', { request: requestId, account: undefined, process: undefined })}>
            Open in Logs
          </a>
        </div>
      </div>
      {lines.length === 0 ? (
        <p class="dim none">{axis.end === undefined ? 'No line so far.' : 'It wrote no line.'}</p>
      ) : (
        <Rows lines={lines} axis={axis} />
      )}
    </section>
  )
}

function Rows({ lines, axis }: Pick<Props, 'lines' | 'axis'>): VNode {
  const isSmall = innerWidth <= 820
  const { list, rows, above, below, measure } = useWindow<HTMLOListElement>({
    count: lines.length,
    rowPx: isSmall ? smallRowPx : rowPx,
    wholeUpTo,
    isMeasured: isSmall,
  })
  const scale = useMemo(() => scaleOf(axis.shown, 4, trailPx - 4), [axis])
  // The line of the crosshair; only a change of it draws the rows again.
  const on = useMemo(() => computed(() => lineAt(lines, shownAt.value)), [lines]).value
  return (
    <ol ref={list}>
      {above > 0 && <Spacer px={above} />}
      {rows.map(({ index }) => {
        const line = lines[index]
        if (line === undefined) return null
        return (
          <li
            key={index}
            {...(measure === undefined ? {} : { ref: measure })}
            data-index={index}
            class={classOf(line, index === on, axis)}
            aria-setsize={lines.length}
            aria-posinset={index + 1}
            onPointerEnter={(event) => {
              if (event.pointerType !== 'touch') hovered.value = line.atMs
            }}
            onPointerLeave={() => {
              hovered.value = undefined
            }}
          >
            <Row lines={lines} index={index} line={line} scale={scale} axis={axis} />
          </li>
        )
      })}
      {below > 0 && <Spacer px={below} />}
    </ol>
  )
}

/** Room for the rows that are not drawn. Its height is an attribute of a picture: the page has no inline styles. */
function Spacer({ px }: { readonly px: number }): VNode {
  return (
    <li class="spacer" aria-hidden="true">
      <svg width="1" height={px} aria-hidden="true" />
    </li>
  )
}

/** The last line that was written at a moment or at most half a ms later, if it is close. */
function lineAt(lines: readonly TimedLine[], at: number | undefined): number | undefined {
  if (at === undefined) return undefined
  const index = lines.findIndex(({ atMs }) => Math.abs(atMs - at) < 0.5)
  return index < 0 ? undefined : index
}

function classOf({ atMs }: TimedLine, isOn: boolean, { end }: TrailAxis): string {
  return [isOn && 'on', end !== undefined && atMs > end && 'after'].filter(Boolean).join(' ')
}

interface RowProps {
  readonly lines: readonly TimedLine[]
  readonly index: number
  readonly line: TimedLine
  readonly scale: Scale
  readonly axis: TrailAxis
}

function Row({ lines, index, line: timed, scale, axis }: RowProps): VNode {
  const { line, atMs, kind, isOfJob } = timed
  const isPinned = pinned.value === atMs
  return (
    <>
      <button
        type="button"
        class="at"
        title={line.time ?? ''}
        aria-pressed={isPinned}
        onClick={() => pin(isPinned ? undefined : atMs)}
      >
        {atMs}
        <span class="u">ms</span>
        <span class="sr">, show on the axis</span>
      </button>
      <Trail lines={lines} index={index} scale={scale} axis={axis} />
      <span class="log">
        <Text of={line.logger ?? ''} max={18} />
      </span>
      <span class="msg">
        <span class={`lvl ${kind === 'warn' ? 'warn-ink' : kind === 'fail' ? 'error-ink' : 'dim'}`} title={line.level}>
          {kind === 'warn' ? '▲' : kind === 'fail' ? '◆' : ''}
          {kind !== 'plain' && <span class="sr">{line.level}</span>}
        </span>
        <Text of={line.message ?? line.text ?? ''} max={400} />
        <Fields fields={line.fields} />
        {isOfJob && <span class="tag">its job</span>}
        {!isOfJob && axis.end !== undefined && atMs > axis.end && <span class="tag">after the response</span>}
      </span>
    </>
  )
}

const maxFields = 12

function Fields({ fields = {} }: { readonly fields?: TimedLine['line']['fields'] }): VNode {
  const all = Object.entries(fields)
  return (
    <>
      {all.slice(0, maxFields).map(([name, value]) => {
        const text = valueText(value)
        return (
          <span key={name} class="kv" title={cut(`${name}=${text}`, 2_000)}>
            {' '}
            <span class="k">
              <bdi>{cut(name, 40)}</bdi>=
            </span>
            <bdi class="v">{cut(text, 80)}</bdi>
          </span>
        )
      })}
      {all.length > maxFields && <span class="k"> {all.length - maxFields} more</span>}
    </>
  )
}

/** The part of the trail beside one line: from the line before to this one, and on to the next. */
function Trail({ lines, index, scale, axis }: Omit<RowProps, 'line'>): VNode {
  const middle = rowPx / 2
  const x = (at: number): number => scale.x(lines[at]?.atMs ?? 0)
  const own = x(index)
  const before = index > 0 ? `M${((x(index - 1) + own) / 2).toFixed(1)} 0L` : 'M'
  const after = index < lines.length - 1 ? `L${((x(index + 1) + own) / 2).toFixed(1)} ${rowPx}` : ''
  const { kind } = lines[index] as TimedLine
  const isEndShown = axis.end !== undefined && axis.end >= scale.from && axis.end <= scale.to
  return (
    <svg class="strip" width={trailPx} height={rowPx} aria-hidden="true">
      {axis.held.length > 0 && <path class="heldcol" d={heldPath(axis.held, scale)} fill="url(#held-column)" />}
      {isEndShown && (
        <line class="grid-2" x1={scale.x(axis.end as number)} x2={scale.x(axis.end as number)} y1={0} y2={rowPx} />
      )}
      <path class="thread" d={`${before}${own.toFixed(1)} ${middle}${after}`} />
      <TrailMark kind={kind} x={own} y={middle} />
    </svg>
  )
}

function TrailMark({
  kind,
  x,
  y,
}: {
  readonly kind: TimedLine['kind']
  readonly x: number
  readonly y: number
}): VNode {
  if (kind === 'warn') return <path class="f-warn" d={`M${x} ${y - 5}l5 9h-10z`} />
  if (kind === 'fail') return <path class="f-err" d={`M${x} ${y - 5}l5 5-5 5-5-5z`} />
  return <circle class="f-ink2 dot" cx={x} cy={y} r={2.6} />
}

/** The columns of what held it up, as one path. */
function heldPath(held: readonly Interval[], scale: Scale): string {
  return held
    .map(
      ({ from, to }) =>
        `M${scale.x(from).toFixed(1)} 0H${scale.x(to).toFixed(1)}V${rowPx}H${scale.x(from).toFixed(1)}z`,
    )
    .join('')
}
