import { dim, type Paint, red } from '../../logging/formatters/pretty/colours.js'
import { textWidth } from '../../logging/formatters/pretty/width.js'
import type { ShownLine, Story, StoryChild } from '../../reading/story/story.js'
import { completenessOf, outcomeOf, ownFields, whatOf } from '../../reading/story/story-words.js'
import { summary } from '../../reading/summary.js'
import type { StoredRecord } from '../../records/record.js'
import { duration } from '../../safe-values/duration.js'
import { escapeText } from '../../safe-values/escape.js'
import { briefError, clock, fieldsText, kindColours, levelSigns, strong, wrapped } from '../words.js'
import { timeBar } from './time-bar.js'

/** How a story is shown. */
export interface StoryStyle {
  readonly paint: Paint
  /** The width of the screen; 100 if the output is not a terminal. */
  readonly columns: number
  /** How long the search took. */
  readonly tookMs: number
}

const minBarColumns = 60
const maxLines = 2_000

/** The story of a request on one page. All values are escaped. */
export function storyText(story: Story, style: StoryStyle): string[] {
  const { record, lines } = story
  const { paint } = style
  const loggerWidth = Math.min(20, Math.max(0, ...lines.map(({ logger }) => textWidth(escapeText(logger ?? '')))))
  return [
    ...(record === undefined ? [strong(escapeText(story.id), paint)] : headOf(record, paint)),
    ...wrapped(escapeText(story.summary), style.columns, '        '),
    ...(record === undefined ? [] : notMeasured(record, style)),
    ...(record === undefined ? [] : barOf(record, lines, style)),
    ...(record === undefined ? [] : partsOf(record, paint)),
    ...(record === undefined ? [] : errorOf(record, paint)),
    '',
    ...lines.slice(0, maxLines).map((line) => lineText(line, record, loggerWidth, paint)),
    ...(lines.length > maxLines
      ? [`… ${lines.length - maxLines} more lines: spoor find ${escapeText(story.id)} --json`]
      : []),
    ...story.children.flatMap((child) => childText(child, loggerWidth, paint)),
    ...story.cameBack.map((one) => cameBackText(one, paint)),
    '',
    ...footOf(story, style),
  ]
}

function headOf(record: StoredRecord, paint: Paint): string[] {
  const { account, user, service, pid, startedAt, attempt } = record
  const who = [account ?? 'no account', user].filter((one) => one !== undefined).join(', ')
  const tries = record.kind === 'job' && attempt !== undefined ? `attempt ${attempt}` : ''
  const parts = [who, `${service} ${pid}`, clock(Date.parse(startedAt)), tries, ownFields(record)]
  const shown = parts.filter((part) => part !== '').map((part) => escapeText(part))
  return [`${strong(escapeText(whatOf(record)), paint)}  ${shown.join('  ')}`]
}

function notMeasured({ cpu, kind }: StoredRecord, { paint, columns }: StoryStyle): string[] {
  if (cpu !== undefined || kind === 'job') return []
  const hint = 'own CPU and who held it up: repeat it with X-Debug-Resource-Tracking: true'
  return wrapped(hint, columns - 8, '').map((row) => paint(dim, `        ${row}`))
}

function barOf(record: StoredRecord, lines: readonly ShownLine[], { columns, paint }: StoryStyle): string[] {
  if (columns < minBarColumns) return []
  const bar = timeBar(record, lines, Math.min(columns, 120) - 7, paint)
  return bar.length === 0 ? [] : ['', ...bar.map((row) => `      ${row}`)]
}

/** The queries and calls, by system and host. */
function partsOf({ queries, io }: StoredRecord, paint: Paint): string[] {
  const rows: string[] = []
  for (const [system, { calls, ms }] of Object.entries(queries?.bySystem ?? {})) {
    const repeated = (queries?.repeated ?? [])
      .filter((one) => one.system === system)
      .map((one) => `${escapeText(one.summary ?? 'one text')} × ${one.calls}  ${duration(one.ms)}: repeated`)
    rows.push(
      `${paint(kindColours.queries, 'queries')}     ${escapeText(system)}  ${calls} in ${duration(ms)}${repeated.map((one) => `  ${one}`).join('')}`,
    )
  }
  if (queries?.poolMs !== undefined && queries.poolMs >= 1)
    rows.push(`${paint(kindColours.queries, 'connection')}  waited ${duration(queries.poolMs)} for one`)
  for (const [host, { calls, ms }] of Object.entries(io.outgoing?.byHost ?? {}))
    rows.push(`${paint(kindColours.outgoing, 'calls')}       ${escapeText(host)}  ${calls} in ${duration(ms)}`)
  return rows.length === 0 ? [] : ['', ...rows]
}

function errorOf({ error }: StoredRecord, paint: Paint): string[] {
  if (error === undefined) return []
  if (typeof error !== 'object' || error === null || Array.isArray(error))
    return ['', paint(red, escapeText(String(error)))]
  const { type = 'Error', message = '', stack, code } = error
  const head = `${String(type)}: ${String(message)}${code === undefined ? '' : ` (${String(code)})`}`
  const frames = typeof stack === 'string' ? stack.split('\n').filter((row) => /^\s+at /.test(row)) : []
  return [
    '',
    paint(red, `◆ ${escapeText(head)}`),
    ...frames.slice(0, 6).map((row) => paint(dim, `    ${escapeText(row.trim())}`)),
  ]
}

function lineText(line: ShownLine, record: StoredRecord | undefined, loggerWidth: number, paint: Paint): string {
  const { time, level = '', logger = '', message = '', fields = {}, text, file } = line
  if (time === undefined)
    return `${' '.repeat(9)}   ${paint(dim, escapeText(file))}  ${escapeText((text ?? '').slice(0, 2_000))}`
  const [sign = ' ', colour = ''] = levelSigns[level] ?? []
  const at = record === undefined ? clock(Date.parse(time)) : since(record, time)
  const isLate = record !== undefined && Date.parse(time) > Date.parse(record.startedAt) + record.durationMs + 1
  const { error, ...rest } = fields
  const own = Object.keys(rest).length === 0 ? '' : `  ${fieldsText(rest, paint)}`
  const failure = error === undefined ? '' : `  ${paint(red, escapeText(briefError(error)))}`
  const late = isLate ? paint(dim, '  (after the response)') : ''
  return `${at} ${paint(colour, sign)} ${paint(dim, escapeText(logger).padEnd(loggerWidth))}  ${escapeText(message)}${own}${failure}${late}`
}

function since({ startedAt }: StoredRecord, time: string): string {
  const ms = Date.parse(time) - Date.parse(startedAt)
  return (ms < 0 ? `-${duration(-ms)}` : duration(ms)).padStart(9)
}

function childText(child: StoryChild, loggerWidth: number, paint: Paint): string[] {
  const { record, id, lines } = child
  const sign = record?.error === undefined ? ' ' : paint(red, '◆')
  const what = record === undefined ? 'started' : `job ${record.name ?? ''}`.trim()
  const when = record === undefined ? '' : `  ${clock(Date.parse(record.startedAt))}`
  const head = `${' '.repeat(9)} ${sign} ${escapeText(what)} ${outcomeOf(child)}${when}  ${paint(dim, `spoor find ${escapeText(id)}`)}`
  const detail =
    record === undefined || lines.length === 0 ? [] : [paint(dim, `${' '.repeat(12)}${escapeText(summary(record))}`)]
  return ['', head, ...detail, ...lines.slice(0, maxLines).map((line) => lineText(line, record, loggerWidth, paint))]
}

function cameBackText(record: StoredRecord, paint: Paint): string {
  const id = paint(dim, `spoor find ${escapeText(record.requestId)}`)
  return `${' '.repeat(9)}   came back: ${escapeText(whatOf(record))} after ${duration(record.durationMs)}  ${clock(Date.parse(record.startedAt))}  ${id}`
}

function footOf(story: Story, { paint, tookMs, columns }: StoryStyle): string[] {
  const { lines, children, id } = story
  const all = [...lines, ...children.flatMap((child) => child.lines)]
  const files = [...new Set(all.map(({ file }) => escapeText(file)))]
  const count = `${all.length} ${all.length === 1 ? 'line' : 'lines'}${files.length === 0 ? '' : ` from ${files.join(', ')}`}`
  const followed = children.length === 0 || children.some((child) => child.lines.length > 0)
  const jobs = followed ? [] : [`with the lines of its jobs: spoor find ${escapeText(id)} --jobs`]
  return [count, completenessOf(story, tookMs), ...jobs, `for an agent: spoor find ${escapeText(id)} --md`].flatMap(
    (row) => wrapped(row, columns, '  ').map((one) => paint(dim, one)),
  )
}
