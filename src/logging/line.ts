/*
 * The hot path of a log line, top to bottom: writeLine → EntryBuilder.make → a formatter → the handler's buffer.
 * Rare paths are elsewhere: call-shapes.ts, format-message.ts, serializers.ts, field-names.ts, before-line.ts,
 * bounded-line.ts, formatters/ (console and log services), line-buffer.ts and handlers/ (what happens to a finished line).
 *
 * CPU of a line up to its handler, Node 24: 0.3 to 0.5 µs with a few clean fields, 0.1 µs without fields, 2 µs with texts
 * that need sanitizing. docs/benchmarks.md compares whole loggers. What makes a line cheap:
 * - Clean fields become JSON text in one pass (safe-values/clean-fields.ts); JSON.stringify of a checked copy takes half
 *   as long again on Node 24, twice as long on Node 20. EncodedEntry carries that text to the formatter.
 * - Parts that repeat are made once: the time of a millisecond, the members of a request, a message without digits. The
 *   last request is kept in a variable: a WeakMap by context cost a tenth of all time in garbage collection (Node 24).
 * - Remembered parts are flat strings: escapeJson flattens what was concatenated, so each line copies them in one piece.
 *   A line has few pieces, because encoding a batch copies each of them.
 */
import { type SpanIds, spanOfLine } from '../context/active-span.js'
import { isOwn } from '../context/known-context.js'
import type { RequestContext, WorkContext } from '../context/request-context.js'
import { storage } from '../context/storage.js'
import { type CleanFields, cleanFields } from '../safe-values/clean-fields.js'
import { escapeJson, escapeText } from '../safe-values/escape.js'
import type { Redaction } from '../safe-values/redaction.js'
import { remembered, rememberedMessages } from '../safe-values/remembered.js'
import { isError } from '../safe-values/safe-error.js'
import { type Bounds, type SafeFields, safeEntry, safeText } from '../safe-values/safe-value.js'
import type { Work } from '../work/work.js'
import { askedBeforeLine, type BeforeLine } from './before-line.js'
import { safeLine } from './bounded-line.js'
import { bindingsOf, fieldsOf, isObject, ownFunctions, shapeOf } from './call-shapes.js'
import { CheckedEntry, EncodedEntry, type SeenNames } from './encoded-entry.js'
import type { Entry, Formatter } from './entry.js'
import { isSpecial, withoutClashes } from './field-names.js'
import { formatMessage, messageText } from './format-message.js'
import type { PlainParts } from './formatters/dialects/request-facts.js'
import { mayClash } from './formatters/dialects/reserved-names.js'
import { isoTime } from './iso-time.js'
import { type Level, levelNames, levelNumbers } from './levels.js'
import type { BufferedHandler } from './line-buffer.js'
import type { RunTime } from './line-choice.js'
import { unknownEntry } from './marked-entry.js'
import { type Serializer, serialised } from './serializers.js'

/** How values are made safe. */
export interface SanitizerOptions {
  readonly redaction: Redaction
  readonly bounds: Bounds
}

/** What loggers of one name share. */
export interface LoggerCore extends SanitizerOptions {
  readonly name: string
  readonly handlers: readonly BufferedHandler[]
  readonly beforeLine: BeforeLine | undefined
  readonly maxLineBytes: number
  readonly runTime: RunTime
}

/** Makes an entry of a call, and a line of it for each handler. Never throws. */
export function writeLine(
  core: LoggerCore,
  builder: EntryBuilder,
  isOnConsole: boolean,
  level: Level,
  first: unknown,
  rest: readonly unknown[],
): void {
  writeEntry(core, builder.make(level, first, rest), isOnConsole)
}

/** Makes a line of an entry for each handler. Never throws. @param spanAtCall the active span of an entry that was kept */
export function writeEntry(core: LoggerCore, made: Entry, isOnConsole: boolean, spanAtCall?: SpanIds): void {
  let entry = core.beforeLine === undefined ? made : asked(made, core.beforeLine, core)
  if (entry === undefined) return
  let context = storage.getStore()
  let span = spanAtCall
  if (context === undefined || context.work.line !== 'written' || isOwn(context)) {
    if (context !== undefined) count(context.work, entry)
    span ??= spanOfLine(core.name, context)
  } else [context, entry] = [undefined, unknownEntry(entry)]
  const urgent = levelNumbers[entry.level] >= levelNumbers.error
  for (const { format, lines } of core.handlers) {
    lines.add(safeLine(format, entry, context, core.maxLineBytes, span), urgent, isOnConsole)
  }
}

/** Writes an entry of level info whose message and fields are clean already, as JSON. */
export function writeChecked(
  core: LoggerCore,
  isOnConsole: boolean,
  context: WorkContext | undefined,
  message: string,
  encodedFields: string,
  parts: PlainParts | undefined,
): void {
  const entry = new CheckedEntry(Date.now(), core.name, message, encodedFields, parts)
  if (context !== undefined) count(context.work, entry)
  const span = spanOfLine(core.name, context)
  for (const { format, lines } of core.handlers) {
    lines.add(safeLine(format, entry, context, core.maxLineBytes, span), false, isOnConsole)
  }
}

function asked(made: Entry, beforeLine: BeforeLine, { redaction, bounds }: LoggerCore): Entry | undefined {
  return askedBeforeLine(made instanceof EncodedEntry ? made.plain() : made, beforeLine, redaction, bounds)
}

/** Counts the lines of a request. Its own line is not counted: it is written when the counts are final. */
function count(work: Work, { time, logger, level }: Entry): void {
  if (logger === 'requests') return
  work.lines++
  if (level === 'warn') work.warnings++
  else if (level === 'error' || level === 'fatal') work.errors++
  if (work.line === 'written') work.lateLines?.wrote(time)
}

type Fields = Entry['fields']
type Serializers = Readonly<Record<string, Serializer>>

/** What a logger and its children remember together. */
interface Caches {
  readonly clean: CleanFields
  readonly safeText: (text: string) => string
  readonly names: SeenNames
}

/** Makes entries of the calls of one logger: sanitizes bindings and fields, and fills the message. Never throws. */
export class EntryBuilder {
  readonly #logger: string
  readonly #sanitizer: SanitizerOptions
  readonly #bindings: Fields
  readonly #encodedBindings: string
  readonly #bindingNames: readonly string[]
  readonly #serializers: Serializers
  readonly #caches: Caches

  constructor(
    logger: string,
    sanitizer: SanitizerOptions,
    serializers: Serializers,
    bindings: Fields = {},
    caches: Caches = cachesOf(sanitizer, serializers),
  ) {
    this.#logger = logger
    this.#sanitizer = sanitizer
    this.#bindings = bindings
    this.#encodedBindings = encodedFields(bindings)
    this.#bindingNames = Object.keys(bindings)
    if (this.#bindingNames.some(mayClash)) caches.names.mayClash = true
    this.#serializers = serializers
    this.#caches = caches
  }

  /** The check of fields that go to a line as they are; undefined where bindings would stand before them. */
  get clean(): CleanFields | undefined {
    return this.#bindingNames.length === 0 ? this.#caches.clean : undefined
  }

  // Proxies and getters of the caller may throw anywhere here. The line says so, and the request continues.
  make(level: Level, first: unknown, rest: readonly unknown[]): Entry {
    try {
      return this.#make(level, first, rest)
    } catch {
      const text = typeof first === 'string' ? first : typeof rest[0] === 'string' ? rest[0] : ''
      const fields = { ...this.#bindings, unreadable: 'the fields of this entry threw while they were read' }
      return this.#entry(level, text, fields)
    }
  }

  #make(level: Level, first: unknown, rest: readonly unknown[]): Entry {
    const { redaction } = this.#sanitizer
    if (typeof first === 'string') {
      if (!rest.some(isObject)) return this.#encodedEntry(level, formatMessage(first, rest, redaction), '')
    } else if (isObject(first) && !rest.some(isObject)) {
      const message = rest.length === 0 ? '' : rest[0]
      if (typeof message === 'string') {
        const text = rest.length < 2 ? message : formatMessage(message, rest.slice(1), redaction)
        const clean = this.#caches.clean(first)
        if (clean !== undefined && !this.#overrides(first)) return this.#encodedEntry(level, text, clean)
        if (rest.length > 0) return this.#safeEntry(level, text, fieldsOf(first), rest)
      }
    }
    const { fields, message, values, shown } = shapeOf(first, rest)
    const text = formatMessage(messageText(message, redaction), values, redaction)
    const clean = fields === first || values.some(isError) ? undefined : this.#caches.clean(fields)
    if (clean !== undefined && !this.#overrides(fields)) return this.#encodedEntry(level, text, clean)
    return this.#safeEntry(level, text, fields, shown)
  }

  #encodedEntry(level: Level, message: string, own: string): Entry {
    const bindings = this.#encodedBindings
    const fields = bindings === '' ? own : own === '' ? bindings : `${bindings},${own}`
    const { safeText, names } = this.#caches
    return new EncodedEntry(Date.now(), level, this.#logger, safeText(message), fields, names)
  }

  #overrides(fields: object): boolean {
    for (const name of this.#bindingNames) if (Object.hasOwn(fields, name)) return true
    return false
  }

  /** The entry of fields that need sanitizing. A secret hidden in an error is hidden in the message, too. */
  #safeEntry(level: Level, message: string, own: object, beside: readonly unknown[]): Entry {
    const { redaction, bounds } = this.#sanitizer
    const { fields, hidden } = this.#safeFields(own, this.#serializers, beside)
    const all = { ...this.#bindings, ...fields }
    if (hidden === undefined) return this.#entry(level, message, all)
    const text = safeText(message, hidden.over(redaction), bounds)
    return { time: Date.now(), level, logger: this.#logger, message: text, fields: all }
  }

  #entry(level: Level, message: string, fields: Fields): Entry {
    return { time: Date.now(), level, logger: this.#logger, message: this.#caches.safeText(message), fields }
  }

  #safeFields(fields: object, serializers: Serializers, beside?: readonly unknown[]): SafeFields {
    const { redaction, bounds } = this.#sanitizer
    return safeEntry(serialised(fields, serializers), redaction, bounds, beside, Object.hasOwn(serializers, 'error'))
  }

  /** A builder that adds `bindings` and `serializers` to these. Never throws. */
  child(bindings: unknown, serializers: unknown): EntryBuilder {
    try {
      return this.#child(bindingsOf(bindings), ownFunctions(serializers))
    } catch {
      const fields = { ...this.#bindings, unreadable: 'the bindings of this logger threw while they were read' }
      return new EntryBuilder(this.#logger, this.#sanitizer, this.#serializers, fields, this.#caches)
    }
  }

  #child(bindings: object, serializers: Serializers | undefined): EntryBuilder {
    const all = serializers === undefined ? this.#serializers : { ...this.#serializers, ...serializers }
    const caches = serializers === undefined ? this.#caches : cachesOf(this.#sanitizer, all)
    const clean = caches.clean(bindings)
    const own = clean === undefined ? this.#safeFields(bindings, all).fields : JSON.parse(`{${clean}}`)
    return new EntryBuilder(this.#logger, this.#sanitizer, all, { ...this.#bindings, ...own }, caches)
  }
}

function cachesOf({ redaction, bounds }: SanitizerOptions, serializers: Serializers): Caches {
  // Keys that need more than encoding, and names that a renamed field may have.
  const names: SeenNames = { mayClash: false }
  const special = (key: string): boolean => {
    if (mayClash(key)) names.mayClash = true
    return isSpecial(key) || Object.hasOwn(serializers, key)
  }
  return {
    names,
    clean: cleanFields(redaction, special),
    safeText: rememberedMessages((text) => safeText(text, redaction, bounds)),
  }
}

/** One JSON object a line: time, level, logger, context, fields, message, in this order. */
export const json: Formatter = (entry, context, span) =>
  `${jsonStart(entry)}${lineMembers(entry, context, span)}${jsonEnd(entry)}`

let lastStart = { time: Number.NaN, level: '', text: '' }

function jsonStart({ time, level }: Entry): string {
  if (lastStart.time === time && lastStart.level === level) return lastStart.text
  const text = escapeJson(`{"time":"${isoTime(time)}","level":"${level}",`)
  lastStart = { time, level, text }
  return text
}

function jsonEnd(entry: Entry): string {
  return entry instanceof CheckedEntry ? `,"message":"${entry.message}"}` : anyJsonEnd(entry.message)
}

const anyJsonEnd = rememberedMessages((message) => escapeJson(`,"message":${JSON.stringify(message)}}`))

/** `[time] [LEVEL] message {context and fields}`: the default format of files. */
export const text: Formatter = (entry, context, span) =>
  `[${isoTime(entry.time)}] [${levelNames[entry.level]}] ${textOf(entry)} {${lineMembers(entry, context, span)}}`

// A message that begins like a verbose line's prefix would lose it when the line is parsed.
const verbosePrefix = /^\[(?=[\w.-]+\] \[\d{1,10}\] \[[^\]]*\] )/
const textOf = (entry: Entry): string => (entry instanceof CheckedEntry ? entry.message : anyText(entry.message))
const anyText = rememberedMessages((message) => escapeText(message).replace(verbosePrefix, '\\u005b'))

/**
 * The members of a line besides time, level and message, in the contract's order: logger, context, fields. Without the
 * braces of the JSON object.
 */
export function lineMembers(entry: Entry, context: RequestContext | undefined, span: SpanIds | undefined): string {
  const prefix = prefixOf(entry.logger, context, span)
  const fields = entry instanceof EncodedEntry ? entry.encodedFields : encodedFields(entry.fields)
  return fields === '' ? prefix : `${prefix},${fields}`
}

// The lines of one request follow each other, so the last prefix is often the next one.
const noContext: Partial<RequestContext> = {}
let lastPrefix = {
  logger: '',
  context: undefined as RequestContext | undefined,
  span: undefined as SpanIds | undefined,
  account: undefined as string | undefined,
  requestId: undefined as string | undefined,
  parentId: undefined as string | undefined,
  ofContext: '',
  text: '"logger":""',
}

function prefixOf(logger: string, context: RequestContext | undefined, span: SpanIds | undefined): string {
  const { account, requestId, parentId } = context ?? noContext
  const before = lastPrefix
  // The account may become known during a request, and the ids of a job when the job starts.
  const isSame =
    before.context === context &&
    before.span === span &&
    before.account === account &&
    before.requestId === requestId &&
    before.parentId === parentId
  if (isSame && before.logger === logger) return before.text
  const ofContext = isSame ? before.ofContext : membersOf(context, span)
  const text = `"logger":${jsonText(logger)}${ofContext}`
  lastPrefix = { logger, context, span, account, requestId, parentId, ofContext, text }
  return text
}

function membersOf(context: RequestContext | undefined, span: SpanIds | undefined): string {
  if (context === undefined) return span === undefined ? '' : spanMembers(span)
  const { requestId, parentId, trace, account } = context
  // Ids need no escaping (context/request-id.ts).
  const parent = parentId === undefined ? '' : `,"parentId":"${parentId}"`
  // Where another tracing system has a span, its trace is the one that calls take along, and that has spans to look at.
  const traceId = span !== undefined ? spanMembers(span) : trace === undefined ? '' : `,"traceId":"${trace.traceId}"`
  const owner = account === undefined ? '' : `,"account":${jsonText(account)}`
  return escapeJson(`,"requestId":"${requestId}"${parent}${traceId}${owner}`)
}

function spanMembers({ traceId, spanId }: SpanIds): string {
  return `,"traceId":"${traceId}","spanId":"${spanId}"`
}

const jsonText = remembered((text) => escapeJson(JSON.stringify(text)))

// Each handler formats the same entry, one after the other.
let lastFields: { fields: Fields; encoded: string } = { fields: {}, encoded: '' }

/** The fields as the inside of a JSON object. */
export function encodedFields(fields: Fields): string {
  if (lastFields.fields === fields) return lastFields.encoded
  const encoded = escapeJson(JSON.stringify(withoutClashes(fields)).slice(1, -1))
  lastFields = { fields, encoded }
  return encoded
}
