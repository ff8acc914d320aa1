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
  /** At a terminal, long log lines are broken under their message. */
  readonly isTerminal: boolean
  /** The options that name the log files or the service, for commands to copy. */
  readonly source: string
  /** How long the search took. */
  readonly tookMs: number
}

const minBarColumns = 60
const maxLines = 2_000
const timeColumns = 9
/** The rows of jobs begin under the loggers. */
const indent = ' '.repeat(timeColumns + 3)
/** A narrower column of messages would be hard to read. */
const minMessageColumns = 30

/** The story of a request on one page. All values are escaped. */
export function storyText(story: Story, style: StoryStyle): string[] {
  const { record, lines } = story
  const { paint, columns } = style
  const loggerWidth = Math.min(20, Math.max(0, ...lines.map(({ logger }) => textWidth(escapeText(logger ?? '')))))
  const linesOf = (some: readonly ShownLine[], of: StoredRecord | undefined): string[] =>
    some.slice(0, maxLines).flatMap((line) => lineRows(line, of, loggerWidth, style))
  const more = lines.length - maxLines
  const hint = `… ${more} more lines: spoor find ${escapeText(story.id)} --json${style.source}`
  return [
    ...(record === undefined ? [strong(escapeText(story.id), paint)] : headOf(record, style)),
    ...wrapped(escapeText(story.summary), columns, '        '),
    ...(record === undefined ? [] : notKnown(record, style)),
    ...(record === undefined ? [] : barOf(record, lines, style)),
    ...(record === undefined ? [] : partsOf(record, style)),
    ...(record === undefined ? [] : errorOf(record, paint)),
    ...(lines.length === 0 ? [] : ['', ...linesOf(lines, record)]),
    ...(more > 0 ? [hint] : []),
    ...story.children.flatMap((child) => [...childText(child, style), ...linesOf(child.lines, child.record)]),
    ...(story.cameBack.length === 0 ? [] : ['']),
    ...story.cameBack.flatMap((one) => cameBackText(one, style)),
    '',
    ...footOf(story, style),
  ]
}

function headOf(record: StoredRecord, { paint, columns }: StoryStyle): string[] {
  const { account, user, service, pid, startedAt, attempt } = record
  const who = [account ?? 'no account', user].filter((one) => one !== undefined).join(', ')
  const tries = record.kind === 'job' && attempt !== undefined ? `attempt ${attempt}` : ''
  const parts = [who, `${service} ${pid}`, clock(Date.parse(startedAt)), tries, ownFields(record)]
  const shown = parts.filter((part) => part !== '').map((part) => escapeText(part))
  return wrapped(`${strong(escapeText(whatOf(record)), paint)}  ${shown.join('  ')}`, columns, '        ')
}

/** How to learn what the request line does not have. */
function notKnown({ cpu, kind, waits, heldUp }: StoredRecord, { paint, columns, source }: StoryStyle): string[] {
  const isHeld = (waits?.heldUpMs ?? 0) >= 1 && heldUp.length === 0 && !source.startsWith(' --url')
  const hint =
    cpu === undefined && kind === 'request'
      ? 'for its own CPU and what held it up, repeat it as an admin or developer, with X-Debug-Resource-Tracking: true'
      : isHeld
        ? 'what held it up is not in log files: --url asks the service, which knows its latest requests'
        : undefined
  return hint === undefined ? [] : wrapped(hint, columns - 8, '').map((row) => paint(dim, `        ${row}`))
}

function barOf(record: StoredRecord, lines: readonly ShownLine[], { columns, paint }: StoryStyle): string[] {
  if (columns < minBarColumns) return []
  const bar = timeBar(record, lines, Math.min(columns, 120) - 7, paint)
  return bar.length === 0 ? [] : ['', ...bar.map((row) => `      ${row}`)]
}

/** The queries and calls, by system and host. */
function partsOf({ queries, io }: StoredRecord, { paint, columns }: StoryStyle): string[] {
  const rows: string[] = []
  const part = (name: string, colour: string, text: string): void => {
    rows.push(...wrapped(`${paint(colour, name.padEnd(12))}${text}`, columns, indent))
  }
  for (const [system, { calls, ms }] of Object.entries(queries?.bySystem ?? {})) {
    const repeated = (queries?.repeated ?? [])
      .filter((one) => one.system === system)
      .map((one) => `  ${escapeText(one.summary ?? 'one text')} × ${one.calls} in ${duration(one.ms)}`)
    part('queries', kindColours.queries, `${escapeText(system)}  ${calls} in ${duration(ms)}${repeated.join('')}`)
  }
  if (queries?.poolMs !== undefined && queries.poolMs >= 1)
    part('connection', kindColours.queries, `waited ${duration(queries.poolMs)} for one`)
  for (const [host, { calls, ms }] of Object.entries(io.outgoing?.byHost ?? {}))
    part('calls', kindColours.outgoing, `${escapeText(host)}  ${calls} in ${duration(ms)}`)
  return rows.length === 0 ? [] : ['', ...rows]
}

function errorOf({ error }: StoredRecord, paint: Paint): string[] {
  if (error === undefined) return []
  if (typeof error !== 'object' || error === null || Array.isArray(error))
    return ['', paint(red, escapeText(String(error)))]
  const { type = 'Error', message = '', stack, code, withheld } = error
  const said =
    withheld === true ? 'withheld: only readers with internals see it' : `${String(type)}: ${String(message)}`
  const head = `${said}${code === undefined ? '' : ` (${String(code)})`}`
  const frames = typeof stack === 'string' ? stack.split('\n').filter((row) => /^\s+at /.test(row)) : []
  return [
    '',
    paint(red, `◆ ${escapeText(head)}`),
    ...frames.slice(0, 6).map((row) => paint(dim, `    ${escapeText(row.trim())}`)),
  ]
}

function lineRows(line: ShownLine, of: StoredRecord | undefined, loggerWidth: number, style: StoryStyle): string[] {
  const text = lineText(line, of, loggerWidth, style.paint)
  const messageAt = indent.length + loggerWidth + 2
  if (!style.isTerminal || style.columns - messageAt < minMessageColumns) return [text]
  return wrapped(text, style.columns, ' '.repeat(messageAt + 2))
}

function lineText(line: ShownLine, record: StoredRecord | undefined, loggerWidth: number, paint: Paint): string {
  const { time, level = '', logger = '', message = '', fields = {}, text, file } = line
  if (time === undefined) return `${indent}${paint(dim, escapeText(file))}  ${escapeText((text ?? '').slice(0, 2_000))}`
  const [sign = ' ', colour = ''] = levelSigns[level] ?? []
  const at = record === undefined ? clock(Date.parse(time)) : since(record, time)
  const isLate = record !== undefined && Date.parse(time) > Date.parse(record.startedAt) + record.durationMs + 1
  const { error, ...rest } = fields
  const shown = fieldsText(rest, message, paint)
  const own = shown === '' ? '' : `  ${shown}`
  const failure = error === undefined ? '' : `  ${paint(red, escapeText(briefError(error)))}`
  const late = isLate ? paint(dim, '  (after the response)') : ''
  return `${at} ${paint(colour, sign)} ${paint(dim, escapeText(logger).padEnd(loggerWidth))}  ${escapeText(message)}${own}${failure}${late}`
}

function since({ startedAt }: StoredRecord, time: string): string {
  const ms = Date.parse(time) - Date.parse(startedAt)
  return (ms < 0 ? `-${duration(-ms)}` : duration(ms)).padStart(timeColumns)
}

function childText(child: StoryChild, { paint, columns, source }: StoryStyle): string[] {
  const { record, id, lines } = child
  const sign = record?.error === undefined ? ' ' : paint(red, '◆')
  const what = record === undefined ? 'started' : `job ${record.name ?? ''}`.trim()
  const when = record === undefined ? '' : `  ${clock(Date.parse(record.startedAt))}`
  const head = `${' '.repeat(timeColumns)} ${sign} ${escapeText(what)} ${outcomeOf(child)}${when}`
  const detail = record === undefined || lines.length === 0 ? [] : wrapped(escapeText(summary(record)), columns, indent)
  return [
    '',
    ...withCommand(head, `spoor find ${escapeText(id)}${source}`, columns, paint),
    ...detail.map((row, at) => paint(dim, at === 0 ? indent + row : row)),
  ]
}

function cameBackText(record: StoredRecord, { paint, columns, source }: StoryStyle): string[] {
  const what = `came back: ${escapeText(whatOf(record))} after ${duration(record.durationMs)}`
  const head = `${indent}${what}  ${clock(Date.parse(record.startedAt))}`
  return withCommand(head, `spoor find ${escapeText(record.requestId)}${source}`, columns, paint)
}

/** A row with the command that shows more. A command that does not fit stands in a row of its own, so that it can be copied. */
function withCommand(head: string, command: string, columns: number, paint: Paint): string[] {
  const isOneRow = textWidth(head) + 2 + textWidth(command) <= columns
  return isOneRow
    ? [`${head}  ${paint(dim, command)}`]
    : [...wrapped(head, columns, `${indent}  `), `${indent}${paint(dim, command)}`]
}

function footOf(story: Story, { paint, tookMs, columns, source }: StoryStyle): string[] {
  const { lines, children, id } = story
  const all = [...lines, ...children.flatMap((child) => child.lines)]
  const files = [...new Set(all.map(({ file }) => escapeText(file)))]
  const count =
    all.length === 0
      ? 'it wrote no log line'
      : `${all.length} ${all.length === 1 ? 'line' : 'lines'} from ${files.join(', ')}`
  const followed = children.length === 0 || children.some((child) => child.lines.length > 0)
  const command = `spoor find ${escapeText(id)}`
  const complete = escapeText(completenessOf(story, tookMs))
  // A command is never broken, so that it can be copied.
  const named = (what: string, more: string): string[] => {
    const [head, whole] = [`${what}:`, `${command}${more}${source}`]
    return textWidth(head) + 1 + textWidth(whole) <= columns ? [`${head} ${whole}`] : [head, `  ${whole}`]
  }
  return [
    ...[count, complete].flatMap((row) => wrapped(row, columns, '  ')),
    ...(followed ? [] : named('with the lines of its jobs', ' --jobs')),
    ...named('for an agent', ' --md'),
  ].map((row) => paint(dim, row))
}
