import { dim, type Paint } from '../../logging/formatters/pretty/colours.js'
import { textWidth } from '../../logging/formatters/pretty/width.js'
import { requestRows } from '../../reading/find/request-rows.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import type { Output } from '../output.js'
import { lastMs, localSource } from '../source.js'
import { kindColours, wrapped } from '../words.js'
import { type TopRow, TopRows } from './top-rows.js'

interface Measure {
  readonly of: (row: TopRow) => number
  readonly title: string
  /** `globex took 60 % of …` */
  readonly what: string
  readonly shown: (value: number) => string
}

const count = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ' ')
const time = (ms: number): string => (ms === 0 ? '0' : duration(ms))
const measures: Readonly<Record<string, Measure>> = {
  cpu: { of: (row) => row.cpuMs, title: 'CPU', what: 'measured CPU', shown: time },
  requests: { of: (row) => row.requests + row.jobs, title: 'REQUESTS', what: 'requests and jobs', shown: count },
  errors: { of: (row) => row.errors, title: 'ERRORS', what: 'failures', shown: count },
  ms: { of: (row) => row.ms, title: 'TIME', what: 'time of requests', shown: time },
  queries: { of: (row) => row.queryMs, title: 'QUERIES', what: 'query time', shown: time },
  pool: { of: (row) => row.poolMs, title: 'WAITED', what: 'waits for a connection', shown: time },
  bytes: { of: (row) => row.bytes, title: 'BYTES', what: 'bytes', shown: count },
  heldUp: { of: (row) => row.heldUpMs, title: 'HELD UP', what: 'time of being held up', shown: time },
}

/** `spoor top`: who uses the server, from the request lines of the last hour. */
export const topCommand: Run = async (given, output) => {
  const by = choice(given, 'by', ['account', 'route'], 'account') as 'account' | 'route'
  const last = textOf(given, 'last') ?? '1h'
  const from = Date.now() - lastMs(given)
  if (textOf(given, 'url') !== undefined) {
    const { remoteTop } = await import('./remote-top.js')
    return remoteTop(given, { by, limit: limitOf(given) }, output)
  }
  const source = localSource(given, textOf(given, 'account'))
  const rows = new TopRows(by)
  for await (const batch of requestRows({ groups: source.groups(), access: source.access, from, mode: 'blocking' })) {
    for (const line of batch) rows.add(line)
  }
  const all = [...rows.rows.values()]
  const measure = measureOf(given, all)
  const sorted = all.sort((a, b) => measure.of(b) - measure.of(a) || b.ms - a.ms)
  const shown = sorted.slice(0, limitOf(given))
  if (given.options['json'] === true)
    for (const { name, ...row } of shown) output.print(JSON.stringify({ [by]: name, ...row }))
  else output.print(...tableOf(shown, sorted, measure, by, last, output))
  return all.length === 0 ? 1 : 0
}

/** The measure of `--sort`. Without it: CPU, or the time of requests where none was measured. */
function measureOf(given: Arguments, rows: readonly TopRow[]): Measure {
  const wanted = textOf(given, 'sort') ?? (rows.some((row) => row.measured > 0) ? 'cpu' : 'ms')
  if (Object.hasOwn(measures, wanted)) return measures[wanted] as Measure
  if (wanted.startsWith('counts.') && wanted.length > 7) {
    const name = wanted.slice(7)
    return {
      of: ({ counts }) => counts?.[name] ?? 0,
      title: escapeText(name).slice(0, 12),
      what: escapeText(name),
      shown: (value) => count(Math.round(value)),
    }
  }
  throw new UsageError(`spoor top: --sort: expected one of ${Object.keys(measures).join(', ')}, counts.NAME`)
}

function choice(given: Arguments, name: string, values: readonly string[], byDefault: string): string {
  const value = textOf(given, name) ?? byDefault
  if (!values.includes(value)) throw new UsageError(`spoor top: --${name}: expected ${values.join(' or ')}`)
  return value
}

function limitOf(given: Arguments): number {
  const text = textOf(given, 'limit') ?? '20'
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError('spoor top: --limit: expected a whole number from 1 to 9999')
  return Number(text)
}

function tableOf(
  shown: readonly TopRow[],
  all: readonly TopRow[],
  measure: Measure,
  by: string,
  last: string,
  { paint, columns }: Output,
): string[] {
  if (all.length === 0) return [`No request line in the last ${last}. --last 24h looks further back`]
  const total = all.reduce((sum, row) => sum + measure.of(row), 0)
  const [first] = all
  const screen = columns() ?? 120
  const width = Math.min(40, Math.max(by.length, ...shown.map(({ name }) => textWidth(escapeText(name)))))
  const figures = figuresWithin(screen - width - shareColumns)
  const titles = figures.map(({ title, columns: own }) => title.padStart(own)).join(' ')
  const head = `${by.toUpperCase().padEnd(width)}  ${measure.title.padStart(10)}  SHARE              ${titles}`
  const measured = all.reduce((sum, row) => sum + row.measured, 0)
  const requests = all.reduce((sum, row) => sum + row.requests + row.jobs, 0)
  const note =
    measure.title === 'CPU' && measured < requests
      ? `CPU of ${count(measured)} of ${count(requests)} requests: only these were measured. The API estimates it for all: --url`
      : undefined
  return [
    ...(first === undefined || total === 0
      ? []
      : wrapped(
          `${escapeText(first.name)} took ${percent(measure.of(first), total)} of the ${measure.what} in the last ${last}.`,
          screen,
          '',
        )),
    ...(note === undefined ? [] : wrapped(note, screen, '').map((row) => paint(dim, row))),
    '',
    paint(dim, head),
    ...shown.map((row) => rowText(row, measure, total, width, figures, paint)),
    ...(all.length > shown.length ? [paint(dim, `${all.length - shown.length} more: --limit`)] : []),
  ]
}

/** The other figures of a row, in the order in which a narrow screen keeps them. */
interface Figure {
  readonly title: string
  readonly columns: number
  readonly of: (row: TopRow) => string
}

const shareColumns = 35
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

function figuresWithin(room: number): readonly Figure[] {
  let left = room
  const fitting = otherFigures.findIndex(({ columns }) => {
    left -= columns + 1
    return left < 0
  })
  return fitting < 0 ? otherFigures : otherFigures.slice(0, Math.max(1, fitting))
}

function rowText(
  row: TopRow,
  measure: Measure,
  total: number,
  width: number,
  figures: readonly Figure[],
  paint: Paint,
): string {
  const value = measure.of(row)
  const colour = measure.title === 'QUERIES' || measure.title === 'WAITED' ? kindColours.queries : kindColours.cpu
  return [
    cut(escapeText(row.name), width),
    measure.shown(value).padStart(10),
    `${paint(colour, bar(total === 0 ? 0 : value / total))} ${percent(value, total).padStart(5)}`,
    figures.map(({ of, columns }) => of(row).padStart(columns)).join(' '),
  ].join('  ')
}

const barColumns = 12
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

function bar(share: number): string {
  const parts = Math.round(Math.min(1, Math.max(0, share)) * barColumns * 8)
  return ('█'.repeat(parts >> 3) + (eighths[parts & 7] as string)).padEnd(barColumns)
}

function percent(value: number, total: number): string {
  return total === 0 ? '-' : `${Math.round((value / total) * 100)} %`
}

function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text + ' '.repeat(width - textWidth(text))
  return `${text.slice(0, width - 1)}…`
}
