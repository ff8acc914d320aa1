import { dim } from '../../logging/formatters/pretty/colours.js'
import { textWidth } from '../../logging/formatters/pretty/width.js'
import type { TopRow } from '../../reading/top-rows.js'
import { escapeText } from '../../safe-values/escape.js'
import type { Output } from '../output.js'
import { kindColours, toWidth } from '../words.js'
import { count, type Measure, time } from './measures.js'

/** What a table shows. */
export interface Table {
  readonly by: 'account' | 'route'
  readonly measure: Measure
  /** Sorted by the measure. */
  readonly rows: readonly TopRow[]
  readonly limit: number
  /** The title of the shares. */
  readonly share: string
}

/** The rows of a table, at most as wide as the screen. */
export function tableRows({ by, measure, rows, limit, share }: Table, { paint, columns }: Output): string[] {
  const shown = rows.slice(0, limit)
  const total = rows.reduce((sum, row) => sum + measure.of(row), 0)
  const screen = columns() ?? 120
  const width = Math.min(40, Math.max(by.length, ...shown.map(({ name }) => textWidth(escapeText(name)))))
  const hasBar = screen >= minBarScreen
  const room = screen - width - shareColumns + (hasBar ? 0 : barColumns)
  const figures = figuresWithin(
    room,
    otherFigures.filter(({ title }) => title !== measure.title),
  )
  const titles = figures.map(({ title, columns: own }) => title.padStart(own)).join(' ')
  const shares = hasBar ? share.padEnd(barColumns + 6) : share.padStart(6)
  const head = `${by.toUpperCase().padEnd(width)}  ${measure.title.padStart(measureColumns)}  ${shares}  ${titles}`
  const cells = (row: TopRow): string => {
    const value = measure.of(row)
    const part = `${hasBar ? paint(colourOf(measure), bar(total === 0 ? 0 : value / total)) : ''} ${percent(value, total).padStart(5)}`
    const others = figures.map(({ of, columns: own }) => of(row).padStart(own)).join(' ')
    return [toWidth(escapeText(row.name), width), measure.shown(value).padStart(measureColumns), part, others].join(
      '  ',
    )
  }
  return [
    paint(dim, head.trimEnd()),
    ...shown.map((row) => cells(row).trimEnd()),
    ...(rows.length > shown.length ? [paint(dim, `${rows.length - shown.length} more: --limit ${rows.length}`)] : []),
  ]
}

/** `60 %` of a total. */
export function percent(value: number, total: number): string {
  return total === 0 ? '-' : `${Math.round((value / total) * 100)} %`
}

/** The other figures of a row, in the order in which a narrow screen keeps them. */
interface Figure {
  readonly title: string
  readonly columns: number
  readonly of: (row: TopRow) => string
}

const barColumns = 12
const measureColumns = 11
/** Of the measure, the bar and the share, with the spaces around them. */
const shareColumns = measureColumns + barColumns + 12
/** A narrower screen has no bar. */
const minBarScreen = 60
const otherFigures: readonly Figure[] = [
  { title: 'REQUESTS', columns: 9, of: (row) => count(row.requests + row.jobs) },
  { title: 'ERRORS', columns: 7, of: (row) => count(row.errors) },
  {
    title: 'EACH',
    columns: 8,
    of: (row) => time(row.requests + row.jobs === 0 ? 0 : row.ms / (row.requests + row.jobs)),
  },
  { title: 'QUERIES', columns: 9, of: (row) => time(row.queryMs) },
  { title: 'WAITED', columns: 9, of: (row) => time(row.poolMs) },
]

function figuresWithin(room: number, figures: readonly Figure[]): readonly Figure[] {
  let left = room
  const fitting = figures.findIndex(({ columns }) => {
    left -= columns + 1
    return left < 0
  })
  return fitting < 0 ? figures : figures.slice(0, Math.max(1, fitting))
}

function colourOf({ title }: Measure): string {
  return title === 'QUERIES' || title === 'WAITED' ? kindColours.queries : kindColours.cpu
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

function bar(share: number): string {
  const parts = Math.round(Math.min(1, Math.max(0, share)) * barColumns * 8)
  return ('█'.repeat(parts >> 3) + (eighths[parts & 7] as string)).padEnd(barColumns)
}
