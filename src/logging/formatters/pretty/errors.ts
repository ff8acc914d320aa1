import { isAbsolute, relative } from 'node:path'
import { escapeText } from '../../../safe-values/escape.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import { dim, type Paint, red } from './colours.js'
import { keyText, valueText } from './fields.js'
import { layOut, type Piece, pieceOf, wordsOf } from './rows.js'

/** An error as entries hold it (safe-values/safe-error.ts). */
export interface ErrorValue {
  readonly [member: string]: SafeValue
  readonly type: string
  readonly message: string
}

/** How errors are shown. */
export interface ErrorStyle {
  readonly paint: Paint
  readonly columns: number | undefined
  /** True if the error is a failure. It is then red. */
  readonly isRed: boolean
  /** True if the frames of stacks are shown. */
  readonly hasFrames: boolean
}

/** The value as an error; undefined if it is another value. */
export function errorOf(key: string, value: SafeValue): ErrorValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { type, message, stack } = value
  const isError = typeof type === 'string' && typeof message === 'string'
  return isError && (key === 'error' || key === 'cause' || typeof stack === 'string')
    ? (value as ErrorValue)
    : undefined
}

const firstFrame = /^[ \t]*at /m

/**
 * The text of a stack (of `console.trace`, a warning, or a logger of Nest) as an error, with the name for its first row. Undefined
 * if the text has no frames.
 */
export function errorOfStack(stack: string): readonly [name: string, error: ErrorValue] | undefined {
  const start = stack.search(firstFrame)
  if (start < 0) return undefined
  const head = stack.slice(0, start).trimEnd()
  if (head === '') return ['stack', { type: '', message: '', stack }]
  const colon = head.indexOf(': ')
  const [type, message] = colon < 0 ? [head, ''] : [head.slice(0, colon), head.slice(colon + 2)]
  return ['error', { type, message, stack }]
}

/** An error in one text, without its stack. Undefined if the error has a cause, or a member that `said` does not have. */
export function briefError(error: ErrorValue, said: Readonly<Record<string, SafeValue>>): string | undefined {
  const { children, members } = partsOf(error)
  const isSaid = (member: string): boolean => member === `code=${said['code']}` || member === `status=${said['status']}`
  return children.length === 0 && members.every(isSaid) ? escapeText(`${error.type}: ${error.message}`) : undefined
}

/**
 * An error as rows of its own: type, message and members, the frames of its stack, and below it, as a tree, its causes
 * and the errors of an AggregateError. Each row begins with spaces, and each row below the first with a line of the tree. So a
 * text with newlines cannot look like another entry.
 */
export function errorRows(name: string, error: ErrorValue, style: ErrorStyle): string[] {
  const label = name === 'error' ? '' : `${keyText(name)}: `
  const tree = treeOf(style)
  return branch(label, error, tree.indent, tree.indent, { ...style, tree })
}

interface Tree {
  readonly indent: string
  readonly stem: string
  readonly fork: string
  readonly last: string
  readonly gap: string
}

const narrow = 50
const wideTree: Tree = { indent: '    ', stem: '│  ', fork: '├─ ', last: '└─ ', gap: '   ' }
const narrowTree: Tree = { indent: ' ', stem: '│', fork: '├', last: '└', gap: ' ' }

function treeOf({ columns }: ErrorStyle): Tree {
  return columns !== undefined && columns < narrow ? narrowTree : wideTree
}

interface BranchStyle extends ErrorStyle {
  readonly tree: Tree
}

/** @param above the frames of the error that this one is below */
function branch(
  label: string,
  error: ErrorValue,
  first: string,
  below: string,
  style: BranchStyle,
  above: readonly string[] = [],
): string[] {
  const { tree, paint, hasFrames } = style
  const { children, members } = partsOf(error)
  const stem = `${below}${tree.stem}`
  const rows = headRows(label, error, members, first, stem, style)
  const frames = hasFrames ? framesOf(error) : []
  const repeated = repeatedFrames(frames, above)
  for (const frame of frames.slice(0, frames.length - repeated)) rows.push(...frameRows(frame, stem, style))
  if (repeated > 0)
    rows.push(
      ...rowsBehind(
        stem,
        wordsOf(`… ${repeated} frames as above`, (text) => paint(dim, text)),
        style,
      ),
    )
  for (const [at, [name, child]] of children.entries()) {
    const isLast = at === children.length - 1
    const [fork, gap] = isLast ? [tree.last, tree.gap] : [tree.fork, tree.stem]
    rows.push(...branch(`${name}: `, child, `${below}${fork}`, `${below}${gap}`, style, frames))
  }
  return first === below ? colouredTrees(rows, paint) : rows
}

function colouredTrees(rows: readonly string[], paint: Paint): string[] {
  // Empty lines of a message are one row, thousands of times.
  let [before, coloured] = ['', '']
  return rows.map((row) => {
    if (row !== before) [before, coloured] = [row, colouredTree(row, paint)]
    return coloured
  })
}

// The lines of the tree are before the first letter. Nothing else before the first letter has a colour yet.
function colouredTree(row: string, paint: Paint): string {
  const end = row.search(/[^ │├└─]/)
  const lines = end < 0 ? row : row.slice(0, end)
  return lines.trim() === '' ? row : `${paint(dim, lines)}${row.slice(lines.length)}`
}

function headRows(
  label: string,
  error: ErrorValue,
  members: readonly string[],
  first: string,
  stem: string,
  { paint, columns, isRed }: BranchStyle,
): string[] {
  const colour = isRed ? red : ''
  const title = (text: string): string => paint(colour, text)
  const [line = '', ...more] = error.message.split(/\r?\n/).map(escapeText)
  const type = escapeText(error.type)
  const pieces: Piece[] = [
    ...wordsOf(label, (text) => paint(dim, text)),
    ...wordsOf(line === '' ? type : `${type}: ${line}`, title),
  ]
  // A message may have thousands of empty lines.
  const blank = pieceOf(' ', title, 1, true)
  const below = more.map((text) => (text === '' ? blank : pieceOf(text, title, 1, true)))
  const faint = (text: string): string => paint(dim, text)
  const shown = members.map((text, at) => pieceOf(text, faint, at === 0 ? 2 : 1))
  const rows = layOut([...pieces, ...below, ...shown], { columns, firstTaken: first.length, indent: stem })
  rows[0] = `${first}${rows[0]}`
  return rows
}

const shownElsewhere: ReadonlySet<string> = new Set(['type', 'message', 'stack'])
// Members of http-errors that say how to answer. The entry of the failure shows the status already.
const ofAnswers: ReadonlySet<string> = new Set(['expose', 'status', 'statusCode', 'headers'])

/** The errors below an error by name, and its other members as `key=value`. */
function partsOf(error: ErrorValue): { children: [string, ErrorValue][]; members: string[] } {
  const children: [string, ErrorValue][] = []
  const members: string[] = []
  for (const [key, value] of Object.entries(error)) {
    if (shownElsewhere.has(key) || (ofAnswers.has(key) && typeof error['expose'] === 'boolean')) continue
    const child = errorOf(key, value)
    const list = Array.isArray(value) ? value.map((item) => errorOf('error', item)) : []
    if (child !== undefined) children.push([keyText(key), child])
    else if (list.length > 0 && list.every((item) => item !== undefined)) {
      for (const [at, item] of list.entries()) children.push([`${keyText(key)}[${at}]`, item])
    } else members.push(`${keyText(key)}=${valueText(value)}`)
  }
  // The cause last, as the code that ran first.
  children.sort(([a], [b]) => Number(a === 'cause') - Number(b === 'cause'))
  return { children, members }
}

// The type stands before the message (safe-values/safe-error.ts bounds it).
const maxTypeLength = 150
const frameLine = /^[ \t]*at (.*)$/s

function framesOf({ stack, message }: ErrorValue): string[] {
  if (typeof stack !== 'string') return []
  // The message may have lines that look like frames. Only the start is searched for the message, because a search in a whole
  // stack takes long.
  const start = stack.slice(0, message.length + maxTypeLength).indexOf(message)
  return framesIn(start < 0 ? stack : stack.slice(start + message.length))
}

function framesIn(stack: string): string[] {
  return stack.split(/\r?\n/).flatMap((line) => frameLine.exec(line)?.[1] ?? [])
}

/** The number of last frames that the error above has, too; 0 for a single one, which takes no more room than a count. */
function repeatedFrames(frames: readonly string[], above: readonly string[]): number {
  let repeated = 0
  while (repeated < frames.length && frames.at(-1 - repeated) === above.at(-1 - repeated)) repeated++
  return repeated < 2 ? 0 : repeated
}

function frameRows(frame: string, stem: string, style: BranchStyle): string[] {
  const { paint } = style
  const { text, isForeign } = shownFrame(frame)
  return rowsBehind(
    stem,
    wordsOf(`at ${escapeText(text)}`, (part) => paint(isForeign ? dim : '', part)),
    style,
  )
}

function rowsBehind(stem: string, pieces: readonly Piece[], { columns }: BranchStyle): string[] {
  const rows = layOut(pieces, { columns, firstTaken: stem.length, indent: `${stem}  ` })
  return [`${stem}${rows[0]}`, ...rows.slice(1)]
}

/** A frame with the path from the working directory, if that is shorter. Foreign: of a package or of Node. */
function shownFrame(frame: string): { text: string; isForeign: boolean } {
  const after = frame.endsWith(')') ? ')' : ''
  const start = after === ')' ? frame.lastIndexOf('(') + 1 : frame.startsWith('async ') ? 'async '.length : 0
  const [before, place] = [frame.slice(0, start), frame.slice(start, frame.length - after.length)]
  const isForeign = /[/\\]node_modules[/\\]|^node:|^<anonymous>$|^native$/.test(place)
  return { text: `${before}${shorterPath(place.replace(/^file:\/\//, ''))}${after}`, isForeign }
}

function shorterPath(path: string): string {
  if (!isAbsolute(path)) return path
  try {
    const fromHere = relative(process.cwd(), path)
    return fromHere.length < path.length ? fromHere : path
  } catch {
    // The working directory is deleted.
    return path
  }
}
