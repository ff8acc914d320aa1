import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { cut } from '../../format/texts.js'
import { minutes } from '../../format/times.js'
import { useWidth } from '../../parts/use-width.js'
import { useKeys } from '../../state/keys.js'
import type { ChartData } from './chart-data.js'
import type { Measure } from './measures.js'
import { accountName } from './names.js'
import { pushApart } from './push-apart.js'
import type { Scale } from './scale.js'
import { type Band, type KnownPart, knownPart } from './stack.js'
import { useSteadyScale } from './steady-scale.js'

const height = 284
const left = 52
const top = 12
const bottom = 22
const labelGap = 16

interface Props {
  readonly data: ChartData
  readonly measure: Measure
  /** The question; another one has a scale of its own. */
  readonly question: string
  /** The sentence of the view. */
  readonly label: string
  /** The account whose band stands out. */
  readonly lifted: string | undefined
  readonly onLift: (account: string | undefined) => void
  readonly onChoose: (account: string) => void
  /** Before this time nothing is known. */
  readonly knownFrom: number | undefined
}

/** Where things stand in the chart. */
export interface Plot {
  readonly width: number
  readonly right: number
  readonly isSmall: boolean
  readonly x: (time: number) => number
  readonly y: (value: number) => number
}

/** The stacked area of a measure, by account, minute by minute. */
export function AreaChart(props: Props): VNode {
  const { data, measure, question, label, lifted, onLift } = props
  const { ref, width } = useWidth<HTMLDivElement>()
  const [pointed, point] = useState<number | undefined>(undefined)
  const scale = useSteadyScale(measure.scale(data.highest), question, pointed !== undefined)
  const { times, bands } = data
  const plot = plotOf(width, scale, times)
  const known = knownPart(times, props.knownFrom)
  const at = pointed === undefined ? undefined : Math.min(pointed, times.length - 1)
  useKeys([
    { keys: 'ArrowLeft', does: 'the minute before', run: () => point(Math.max(0, (at ?? times.length) - 1)) },
    { keys: 'ArrowRight', does: 'the minute after', run: () => point(next(at, times.length)) },
  ])
  const move = (event: PointerEvent): void => {
    const box = ref.current?.getBoundingClientRect()
    if (box !== undefined) point(nearest(times, plot, event.clientX - box.left))
  }
  const leave = (): void => {
    point(undefined)
    onLift(undefined)
  }
  const ofBand = (band: Band): string | undefined => (band.account === lifted ? lifted : undefined)
  return (
    <div class="area" ref={ref}>
      {width > 0 && times.length > 0 && (
        <svg
          class={lifted === undefined ? undefined : 'lifting'}
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={label}
          onPointerMove={move}
          onPointerLeave={leave}
        >
          <Grid scale={scale} plot={plot} measure={measure} />
          <UnknownPart until={props.knownFrom} times={times} plot={plot} />
          {bands.map((band) => (
            <BandShape
              key={band.key}
              band={band}
              known={known}
              plot={plot}
              isLifted={ofBand(band) !== undefined}
              isHeaviest={band === bands.at(-1)}
              onLift={() => onLift(band.account)}
              onChoose={band.account === undefined ? undefined : () => props.onChoose(band.key)}
            />
          ))}
          <Ceiling scale={scale} plot={plot} measure={measure} />
          <Labels {...{ bands, plot, measure, lifted }} at={at ?? times.length - 1} isNow={at === undefined} />
          <Times times={times} plot={plot} at={at} />
        </svg>
      )}
    </div>
  )
}

function next(at: number | undefined, length: number): number | undefined {
  return at === undefined || at >= length - 1 ? undefined : at + 1
}

function plotOf(width: number, scale: Scale, times: readonly number[]): Plot {
  const isSmall = width < 760
  const right = width - (isSmall ? 4 : 192)
  const [first = 0] = times
  const span = Math.max(1, (times.at(-1) ?? 0) - first)
  return {
    width,
    right,
    isSmall,
    x: (time) => left + Math.max(0, (time - first) / span) * (right - left),
    y: (value) => top + (1 - Math.min(1, value / scale.top)) * (height - top - bottom),
  }
}

function nearest(times: readonly number[], { x, right }: Plot, wanted: number): number | undefined {
  if (wanted < left - 8 || wanted > right + 8) return undefined
  let best: number | undefined
  for (const [at, time] of times.entries()) {
    if (best === undefined || Math.abs(x(time) - wanted) < Math.abs(x(times[best] ?? 0) - wanted)) best = at
  }
  return best
}

function Grid({ scale, plot, measure }: { scale: Scale; plot: Plot; measure: Measure }): VNode {
  const { ceiling } = measure
  const isSeen = ceiling !== undefined && ceiling.height <= scale.top * 1.001
  return (
    <>
      {scale.ticks.map((tick) => {
        const y = Math.round(plot.y(tick)) + 0.5
        const isCeiling = isSeen && Math.abs(tick - ceiling.height) < ceiling.height * 1e-6
        return (
          <g key={tick}>
            {!isCeiling && <line class="grid" x1={left} x2={plot.right} y1={y} y2={y} />}
            <text class="t3" x={left - 8} y={y + 4} text-anchor="end">
              {measure.shown(tick)}
            </text>
          </g>
        )
      })}
      {isSeen && <path class="ceiling" d={`M${left} ${Math.round(plot.y(ceiling.height)) + 0.5}H${plot.right}`} />}
    </>
  )
}

/** What the ceiling is, over the bands. */
function Ceiling({ scale, plot, measure: { ceiling } }: { scale: Scale; plot: Plot; measure: Measure }): VNode | null {
  if (ceiling === undefined) return null
  const isSeen = ceiling.height <= scale.top * 1.001
  return (
    <text class="t3 over" x={left + 6} y={plot.y(isSeen ? ceiling.height : scale.top) + 14}>
      {isSeen ? ceiling.says : `${ceiling.says} is ${timesAs(ceiling.height / scale.top)} as high`}
    </text>
  )
}

function timesAs(factor: number): string {
  return `${factor >= 10 ? factor.toFixed(0) : Number(factor.toFixed(1))} times`
}

/** The time before Spoor was created: no figures, which is not 0. */
function UnknownPart({
  until,
  times,
  plot,
}: {
  until: number | undefined
  times: readonly number[]
  plot: Plot
}): VNode | null {
  const [first = 0] = times
  if (until === undefined || until <= first) return null
  const end = Math.min(plot.x(until), plot.right)
  if (end - left < 12) return null
  const y = plot.y(0) - 3
  return (
    <>
      <path class="unk" d={`M${left} ${y}H${end - 2}`} />
      {end - left > 90 && (
        <text class="t3" x={left + 6} y={y - 8}>
          no figures before {minutes(until)}
        </text>
      )}
    </>
  )
}

interface BandProps {
  readonly band: Band
  readonly known: KnownPart
  readonly plot: Plot
  readonly isLifted: boolean
  readonly isHeaviest: boolean
  readonly onLift: () => void
  readonly onChoose: (() => void) | undefined
}

function BandShape({ band, known, plot, isLifted, isHeaviest, onLift, onChoose }: BandProps): VNode {
  const line = (values: readonly number[]): string[] =>
    known.map(({ time, at }) => `${plot.x(time).toFixed(1)} ${plot.y(values[at] ?? 0).toFixed(1)}`)
  const crest = line(band.high)
  const ground = line(band.low).reverse()
  const name = `band b${band.step}${isLifted ? ' lifted' : ''}${onChoose === undefined ? '' : ' open'}`
  return (
    <g class={name} onPointerEnter={onLift} onClick={onChoose}>
      <path class="body" d={`M${crest.join('L')}L${ground.join('L')}Z`} />
      <path class={isHeaviest ? 'crest' : 'edge'} d={`M${crest.join('L')}`} />
    </g>
  )
}

interface LabelsProps {
  readonly bands: readonly Band[]
  readonly plot: Plot
  readonly measure: Measure
  readonly lifted: string | undefined
  readonly at: number
  readonly isNow: boolean
}

/** The names at the ends of the bands, with their height now or at the pointed minute. */
function Labels({ bands, plot, measure, lifted, at, isNow }: LabelsProps): VNode {
  if (plot.isSmall) return <LabelsInside bands={bands} plot={plot} />
  const last = (values: readonly number[]): number => values.at(-1) ?? 0
  const ends = bands.map((band) => plot.y((last(band.low) + last(band.high)) / 2))
  const places = pushApart(ends, labelGap, top + 4, height - bottom)
  const { right } = plot
  return (
    <>
      {bands.map((band, index) => {
        const from = ends[index] ?? 0
        const to = places[index] ?? 0
        const isFaded = lifted !== undefined && band.account !== lifted
        return (
          <g key={band.key} class={isFaded ? 'label faded' : 'label'}>
            <path class="lead" d={`M${right + 2} ${from}h5L${right + 14} ${to}h5`} />
            <text class={index === bands.length - 1 ? 't1 ts' : 't1'} x={right + 24} y={to + 4}>
              {nameOf(band, 13)}
              <tspan class="t3" dx="6">
                {measure.shown(band.values[at] ?? 0)}
                {isNow ? ' now' : ''}
              </tspan>
            </text>
          </g>
        )
      })}
    </>
  )
}

/** On a small screen the two heaviest bands have their names inside, if they are high enough. */
function LabelsInside({ bands, plot }: { bands: readonly Band[]; plot: Plot }): VNode {
  const shapes = bands.slice(-2).map((band) => {
    const at = widestAt(band)
    const low = plot.y(band.low[at] ?? 0)
    const high = plot.y(band.high[at] ?? 0)
    if (low - high < 16) return null
    const x = left + ((at + 0.5) / Math.max(1, band.high.length)) * (plot.right - left)
    const room = Math.min(plot.right - 40, Math.max(left + 40, x))
    return (
      <text key={band.key} class="t1 ts inside" x={room} y={(low + high) / 2 + 4} text-anchor="middle">
        {nameOf(band, 13)}
      </text>
    )
  })
  return <>{shapes}</>
}

function widestAt({ values }: Band): number {
  let best = 0
  for (const [at, value] of values.entries()) if (value > (values[best] ?? 0)) best = at
  return best
}

function nameOf(band: Band, max: number): string {
  if (band.account !== undefined) return shortName(accountName(band.account), max)
  return band.accounts === 0 ? 'all others' : `${band.accounts} others`
}

/** The time axis, and the crosshair at the pointed minute. */
function Times({ times, plot, at }: { times: readonly number[]; plot: Plot; at: number | undefined }): VNode {
  const every = Math.max(1, Math.ceil(times.length / (plot.isSmall ? 3 : 6)))
  const marks = times
    .map((time, index) => ({ time, index }))
    .filter(({ index }) => (times.length - 1 - index) % every === 0)
  const pointed = at === undefined ? undefined : times[at]
  const x = pointed === undefined ? 0 : plot.x(pointed)
  const isFree = (time: number): boolean => pointed === undefined || Math.abs(plot.x(time) - x) > 44
  return (
    <>
      {marks
        .filter(({ time }) => isFree(time))
        .map(({ time, index }) => {
          const isLast = index === times.length - 1
          const anchor = isLast ? 'end' : plot.x(time) - left < 20 ? 'start' : 'middle'
          return (
            <text key={time} class="t3" x={plot.x(time)} y={height - 4} text-anchor={anchor}>
              {isLast ? 'now' : minutes(time)}
            </text>
          )
        })}
      {pointed !== undefined && (
        <>
          <path class="cross" d={`M${x} ${top}V${height - bottom}`} />
          <text
            class="t1"
            x={x}
            y={height - 4}
            text-anchor={x - left < 20 ? 'start' : plot.right - x < 20 ? 'end' : 'middle'}
          >
            {minutes(pointed)}
          </text>
        </>
      )}
    </>
  )
}

/** A name of at most `max` characters as they are shown: escapes of invisible ones are longer than these. */
function shortName(name: string, max: number): string {
  const shown = cut(name, max)
  return [...shown].length > max + 1 ? `${[...shown].slice(0, max).join('')}…` : shown
}
