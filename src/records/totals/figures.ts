/**
 * The figures of a row, in the order in which tables keep them. `heldRequests` and `heldMs`: requests of others that waited
 * for the work of this row.
 */
export const figureNames = [
  'requests',
  'jobs',
  'errors',
  'durationMs',
  'bytes',
  'queries',
  'queryMs',
  'poolMs',
  'holdMs',
  'cpuMs',
  'windows',
  'heldRequests',
  'heldMs',
] as const

export type FigureName = (typeof figureNames)[number]

export type Figures = Readonly<Record<FigureName, number>>

/** The place of each figure in a row. */
export const place = Object.fromEntries(figureNames.map((name, at) => [name, at])) as Figures

export const width: number = figureNames.length

/*
 * How heavy a row is: CPU, time in which it held others up, and query time, in ms. A duration alone says little: the work may
 * only have waited. It decides where CPU and queries are unknown, and a count decides among rows of equal durations.
 */
const durationWeight = 0.01
const countWeight = 0.1

/** The weight of the row that begins at `at`. The heaviest rows are kept. */
export function weightAt(data: Float64Array, at: number): number {
  const figure = (name: FigureName): number => data[at + place[name]] as number
  return (
    figure('cpuMs') +
    figure('heldMs') +
    figure('queryMs') +
    durationWeight * figure('durationMs') +
    countWeight * (figure('requests') + figure('jobs'))
  )
}
