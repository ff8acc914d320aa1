import type { VNode } from 'preact'
import { layers } from '../../draw/layers.js'
import { plain } from '../../format/numbers.js'
import { counted } from '../../format/texts.js'
import { useWidth } from '../../parts/use-width.js'
import type { CpuAccounting } from '../../protocol.js'
import { finePercent, roundedParts, timeIn, unitFor, withDecimals } from './amounts.js'

const parts = [
  { key: 'requestsMs', name: 'requests', swatch: 'cpu', fill: 'f-cpu' },
  { key: 'jobsMs', name: 'jobs', swatch: 'job', fill: 'f-job' },
  { key: 'runsMs', name: 'scopes', swatch: 'job', fill: 'f-job' },
  { key: 'unattributedMs', name: 'unattributed', swatch: 'un', fill: 'unattributed' },
  { key: 'overheadMs', name: 'overhead', swatch: 'wait', fill: 'f-wait' },
] as const

/** Where the CPU of the thread went: its parts and their sum, and what is not explained. */
export function AccountingLine({ of }: { readonly of: CpuAccounting }): VNode {
  const shown = parts.filter(({ key }) => key !== 'runsMs' || of.runsMs > 0)
  const sum = shown.reduce((all, { key }) => all + of[key], 0)
  const unit = unitFor(Math.max(sum, of.threadCpuMs ?? 0))
  const step = unit.ms / 10 ** unit.decimals
  const steps = roundedParts(
    shown.map(({ key }) => of[key]),
    step,
  )
  const text = (count: number): string => withDecimals(count / 10 ** unit.decimals, unit.decimals)
  return (
    <section class="books" aria-label="CPU accounting">
      <div class="eq">
        <b class="h">CPU accounting</b>
        {shown.map(({ key, name, swatch }, at) => (
          <span class="term" key={key}>
            {at > 0 && <span class="op">+</span>}
            <span>
              {of[key] === 0 ? '0' : text(steps[at] ?? 0)}
              <span class="u">{unit.name}</span>{' '}
              <small>
                <i class={`sw ${swatch}`} aria-hidden="true" />
                {name}
              </small>
            </span>
          </span>
        ))}
        <span class="term">
          <span class="op">=</span>
          <span>
            {text(steps.reduce((all, one) => all + one, 0))}
            <span class="u">{unit.name}</span>
          </span>
        </span>
      </div>
      <BooksBar values={shown.map(({ key, fill }) => ({ fill, value: of[key] }))} />
      <Unexplained of={of} />
    </section>
  )
}

function Unexplained({ of }: { readonly of: CpuAccounting }): VNode {
  const { threadCpuMs, unexplainedMs, maxUnexplained, exact, windows } = of
  const ground = exact === false && windows !== undefined ? `≈ from ${counted(windows, 'window')}` : undefined
  if (threadCpuMs === undefined || unexplainedMs === undefined) {
    return <div class="ok">{ground ?? 'this system has no clock of the thread to compare with'}</div>
  }
  const share = threadCpuMs > 0 ? Math.abs(unexplainedMs) / threadCpuMs : 0
  const isMuch = share > maxUnexplained
  const unit = unitFor(threadCpuMs)
  const { digits, unit: name } = timeIn(Math.abs(unexplainedMs), unit)
  return (
    <div class="ok">
      {isMuch && (
        <span class="warn-ink" role="img" aria-label="warning">
          ▲{' '}
        </span>
      )}
      <b class={isMuch ? 'warn-ink' : undefined}>
        {digits}
        <span class="u">{name}</span> {unexplainedMs < 0 ? 'too much' : 'unexplained'}
      </b>
      , {plain(finePercent(share))} of the thread’s {plain(timeIn(threadCpuMs, unit))}
      {ground !== undefined && `; ${ground}`}
    </div>
  )
}

/** Parts of a sum as one bar. What would not be seen has 3 px. */
export function BooksBar({ values }: { values: readonly { readonly value: number; readonly fill: string }[] }): VNode {
  const { ref, width } = useWidth<HTMLDivElement>()
  return (
    <div class="books-bar" ref={ref}>
      {width > 0 && (
        <svg width={width} height={14} viewBox={`0 0 ${width} 14`} aria-hidden="true">
          {barParts(
            values.map(({ value }) => value),
            width,
          ).map(({ x, width: wide }, at) => (
            <Part key={values[at]?.fill} x={x} width={wide} fill={values[at]?.fill ?? ''} />
          ))}
        </svg>
      )}
    </div>
  )
}

function Part({ x, width, fill }: { x: number; width: number; fill: string }): VNode | null {
  if (width <= 0) return null
  if (fill === 'f-query' || fill === 'f-qpale')
    return <path class={fill} d={layers(x, 0, Math.max(1, width - 1), 14)} />
  if (fill !== 'unattributed') return <rect class={fill} x={x} y={0} width={Math.max(1, width - 1)} height={14} />
  return (
    <rect class="outlined" fill="url(#unattributed)" x={x + 0.5} y={0.5} width={Math.max(2, width - 2)} height={13} />
  )
}

/** Places of the parts of a bar: in proportion, but none that is there thinner than 3 px. */
export function barParts(
  values: readonly number[],
  width: number,
): readonly { readonly x: number; readonly width: number }[] {
  const least = 3
  const positive = values.map((value) => (Number.isFinite(value) && value > 0 ? value : 0))
  const sum = positive.reduce((all, value) => all + value, 0)
  const wide = positive.map((value) => (value === 0 ? 0 : Math.max(least, (value / Math.max(sum, 1e-9)) * width)))
  const over = wide.reduce((all, value) => all + value, 0) - width
  const largest = wide.indexOf(Math.max(...wide))
  if (over > 0 && largest >= 0) wide[largest] = Math.max(least, (wide[largest] ?? 0) - over)
  let x = 0
  return wide.map((one) => {
    const place = { x, width: one }
    x += one
    return place
  })
}
