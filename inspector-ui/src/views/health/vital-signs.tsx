import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { session } from '../../api/session.js'
import { plain } from '../../format/numbers.js'
import { minutes, seconds } from '../../format/times.js'
import { Unknown, Value } from '../../parts/shown.js'
import { useWidth } from '../../parts/use-width.js'
import type { Vitals } from '../../protocol.js'
import { processName } from './names.js'
import { type Frame, nearestSample, type Point, stretches, vitalPath, xOf } from './vital-path.js'
import { highestOf, type Vital, vitalSigns } from './vitals.js'

const height = 56

/** Five vital signs of the process over the last hour. Pointing at one shows all at that time. */
export function VitalSigns({ vitals }: { readonly vitals: Vitals | undefined }): VNode | null {
  const [pointed, point] = useState<number | undefined>(undefined)
  if (vitals === undefined || vitals.samples.length === 0) return <NoVitals />
  const { samples } = vitals
  const from = Date.parse(samples[0]?.at ?? '')
  const to = Date.parse(samples.at(-1)?.at ?? '')
  const at = pointed === undefined ? undefined : Math.min(pointed, samples.length - 1)
  return (
    <section aria-label="Vitals">
      <div class="ctl">
        <h2 class="h">Vitals</h2>
        <span class="dim">
          {at === undefined
            ? `${to - from > 3_480_000 ? 'last hour' : `since ${minutes(from)}`}${ofProcess()}`
            : `at ${seconds(Date.parse(samples[at]?.at ?? ''))}`}
        </span>
      </div>
      <div class="vitals" onPointerLeave={() => point(undefined)}>
        {vitalSigns.map((vital) => (
          <Sign key={vital.key} {...{ vital, vitals, from, to, at }} onPoint={point} />
        ))}
      </div>
    </section>
  )
}

function NoVitals(): VNode {
  const isService = (session.value?.source ?? 'service') === 'service'
  return (
    <p class="dim none">{isService ? 'Vitals begin with the first look at this page.' : 'Log lines have no vitals.'}</p>
  )
}

function ofProcess(): string {
  const processes = session.value?.processes ?? []
  const own = processes.find(({ isThis }) => isThis)
  return processes.length > 1 && own !== undefined ? ` of ${processName(own)}, the process that answers` : ''
}

interface SignProps {
  readonly vital: Vital
  readonly vitals: Vitals
  readonly from: number
  readonly to: number
  /** The sample that the pointer stands on. */
  readonly at: number | undefined
  readonly onPoint: (at: number | undefined) => void
}

function Sign({ vital, vitals, from, to, at, onPoint }: SignProps): VNode {
  const { samples, everyMs } = vitals
  const most = highestOf(samples, vital)
  const shown = samples[at ?? samples.length - 1]
  const beside = vital.beside(vitals)
  const peak = most === undefined ? '' : `${plain(vital.shown(most))} at most`
  const points = samples.map((sample) => ({ at: Date.parse(sample.at), value: vital.value(sample) }))
  return (
    <div title={vital.title}>
      <div class="l">
        <span>{vital.label}</span>
        <span>{peak}</span>
      </div>
      <div class="n">
        {shown === undefined ? <Unknown why="no sample" /> : <Value of={vital.shown(vital.value(shown))} />}
        {beside !== '' && <small>{beside}</small>}
      </div>
      <VitalChart
        {...{ points, from, to, at, everyMs, onPoint }}
        hue={vital.hue}
        max={Math.max(most ?? 0, vital.minMax) * 1.05}
      />
    </div>
  )
}

interface ChartProps extends Pick<SignProps, 'from' | 'to' | 'at' | 'onPoint'> {
  readonly points: readonly Point[]
  readonly everyMs: number
  readonly hue: string
  readonly max: number
}

function VitalChart({ points, from, to, at, everyMs, hue, max, onPoint }: ChartProps): VNode {
  const { ref, width } = useWidth<HTMLDivElement>()
  const frame: Frame = { from, to, max, width, height }
  const move = (event: PointerEvent): void => {
    const box = ref.current?.getBoundingClientRect()
    if (box !== undefined) onPoint(nearestSample(points, event.clientX - box.left, frame))
  }
  const x = at === undefined ? undefined : xOf(points[at]?.at ?? from, frame)
  return (
    <div class="vital" ref={ref} onPointerMove={move}>
      {width > 0 && (
        <svg class={`hue-${hue}`} width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <path class="base" d={`M0 ${height - 0.5}H${width}`} />
          {stretches(points, everyMs).map((stretch) => {
            const { line, ground } = vitalPath(stretch, frame)
            return (
              <g key={stretch[0]?.at}>
                <path class="ground" d={ground} />
                <path class="line" d={line} />
              </g>
            )
          })}
          {x !== undefined && <path class="cross" d={`M${x} 0V${height}`} />}
        </svg>
      )}
    </div>
  )
}
