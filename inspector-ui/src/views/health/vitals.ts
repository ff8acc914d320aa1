import { duration, grouped, percent, type Shown, size } from '../../format/numbers.js'
import type { VitalSample, Vitals } from '../../protocol.js'

/** A vital sign: one figure of the process over time. */
export interface Vital {
  readonly key: string
  readonly label: string
  readonly title: string
  /** The class of its colour. */
  readonly hue: string
  value(sample: VitalSample): number
  shown(value: number): Shown
  /** What stands beside the figure. */
  beside(vitals: Vitals): string
  /** The least height of its scale, so that noise does not look like a storm. */
  readonly minMax: number
}

const mb = 1_048_576

/** The five vital signs, in the order in which they stand. */
export const vitalSigns: readonly Vital[] = [
  {
    key: 'loopBusy',
    label: 'Main thread',
    title: 'The share of time in which the event loop was busy',
    hue: 'cpu',
    value: ({ loopBusy }) => loopBusy,
    shown: percent,
    beside: () => 'busy',
    minMax: 0.1,
  },
  {
    key: 'loopLateMs',
    label: 'Event loop late, 99 %',
    title: '99 % of the turns of the event loop were at most that late',
    hue: 'held',
    value: ({ loopLateMs }) => loopLateMs,
    shown: duration,
    beside: () => '',
    minMax: 20,
  },
  {
    key: 'heapUsedBytes',
    label: 'Heap',
    title: 'Memory of JavaScript objects',
    hue: 'plain',
    value: ({ heapUsedBytes }) => heapUsedBytes,
    shown: size,
    beside: ({ heapLimitBytes }) => `of ${size(heapLimitBytes).digits} ${size(heapLimitBytes).unit} at most`,
    minMax: 16 * mb,
  },
  {
    key: 'rssBytes',
    label: 'Memory',
    title: 'Memory of the whole process',
    hue: 'plain',
    value: ({ rssBytes }) => rssBytes ?? Number.NaN,
    shown: size,
    beside: () => 'whole process',
    minMax: 32 * mb,
  },
  {
    key: 'inFlight',
    label: 'In flight',
    title: 'Open requests and jobs',
    hue: 'plain',
    value: ({ inFlight }) => inFlight,
    shown: (value) => ({ digits: grouped(value), unit: '' }),
    beside: () => 'requests and jobs',
    minMax: 5,
  },
]

/** The highest value of a vital sign; undefined without samples. */
export function highestOf(samples: readonly VitalSample[], { value }: Vital): number | undefined {
  let most: number | undefined
  for (const sample of samples) {
    const one = value(sample)
    if (Number.isFinite(one) && (most === undefined || one > most)) most = one
  }
  return most
}
