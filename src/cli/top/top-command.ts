import { dim } from '../../logging/formatters/pretty/colours.js'
import type { TopRow } from '../../reading/top-rows.js'
import { escapeText } from '../../safe-values/escape.js'
import { type Arguments, type Run, textOf, UsageError } from '../command.js'
import { jsonRow } from '../json-row.js'
import type { Output } from '../output.js'
import { saySkipped } from '../skipped.js'
import { lastMs, linesFrom } from '../source.js'
import { wrapped } from '../words.js'
import { count, countMeasure, type Measure, measures } from './measures.js'
import { percent, tableRows } from './top-table.js'

/** `spoor top`: who uses the server, from the request lines of the last hour. */
export const topCommand: Run = async (given, output) => {
  const by = choice(given, 'by', ['account', 'route'], 'account') as 'account' | 'route'
  const last = textOf(given, 'last') ?? '1h'
  const from = Date.now() - lastMs(given)
  const limit = limitOf(given)
  if (textOf(given, 'url') !== undefined) {
    const { remoteTop } = await import('./remote-top.js')
    return remoteTop(given, { by, limit }, output)
  }
  const { lines, access } = await linesFrom(given, { mode: 'blocking' })
  const skipped: string[] = []
  const all = [...(await lines.top({ access, from, by, skipped: (name) => void skipped.push(name) }))]
  lines.close()
  saySkipped(skipped, output)
  const measure = measureOf(given, all)
  const rows = all.sort((a, b) => measure.of(b) - measure.of(a) || b.ms - a.ms)
  if (given.options['json'] === true)
    for (const { name, ...row } of rows.slice(0, limit)) output.print(jsonRow({ [by]: name, ...row }))
  else if (rows.length === 0) output.print(`No request line in the last ${last}. --last 24h looks further back`)
  else
    output.print(
      ...headOf(rows, measure, last, output),
      '',
      ...tableRows({ by, measure, rows, limit, share: 'SHARE' }, output),
    )
  return rows.length === 0 ? 1 : 0
}

/** The measure of `--sort`. Without it: CPU, or the time of requests where none was measured. */
function measureOf(given: Arguments, rows: readonly TopRow[]): Measure {
  const wanted = textOf(given, 'sort') ?? (rows.some((row) => row.measured > 0) ? 'cpu' : 'ms')
  const measure = Object.hasOwn(measures, wanted) ? measures[wanted] : countMeasure(wanted)
  if (measure !== undefined) return measure
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

/** Who is first, and what the figures leave out. */
function headOf(rows: readonly TopRow[], measure: Measure, last: string, { paint, columns }: Output): string[] {
  const screen = columns() ?? 120
  const total = rows.reduce((sum, row) => sum + measure.of(row), 0)
  const measured = rows.reduce((sum, row) => sum + row.measured, 0)
  const requests = rows.reduce((sum, row) => sum + row.requests + row.jobs, 0)
  const [first] = rows
  const share = first === undefined || total === 0 ? undefined : percent(measure.of(first), total)
  const sentence = `${escapeText(first?.name ?? '')} took ${share} of the ${measure.what} in the last ${last}.`
  const note = `Only ${count(measured)} of ${count(requests)} requests and jobs were measured. A service estimates the CPU of all: --url`
  return [
    ...(share === undefined ? [] : wrapped(sentence, screen, '')),
    ...(measure.title === 'CPU' && measured < requests ? wrapped(note, screen, '').map((row) => paint(dim, row)) : []),
  ]
}
