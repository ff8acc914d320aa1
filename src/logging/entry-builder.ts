import { type CleanFields, cleanFields } from '../safe-values/clean-fields.js'
import type { Redaction } from '../safe-values/redaction.js'
import { rememberedMessages } from '../safe-values/remembered.js'
import { isError } from '../safe-values/safe-error.js'
import { type Bounds, type SafeFields, type SafeValue, safeEntry, safeText } from '../safe-values/safe-value.js'
import { EncodedEntry, type Entry } from './entry.js'
import { errorLeftOver, formatMessage, messageText } from './format-message.js'
import { fieldMembers, isOurs } from './formatters/members.js'
import type { Level } from './levels.js'
import { type Serializer, serialised } from './serializers.js'

/** How values are made safe. */
export interface SanitizerOptions {
  readonly redaction: Redaction
  readonly bounds: Bounds
}

type Fields = Readonly<Record<string, SafeValue>>
type Serializers = Readonly<Record<string, Serializer>>

/** What a logger and its children remember together. */
interface Caches {
  readonly clean: CleanFields
  readonly safeText: (text: string) => string
}

function cachesOf({ redaction, bounds }: SanitizerOptions, serializers: Serializers): Caches {
  // What needs more than to be written as it is: errors, serializers, and names that clash with ours or may be what
  // such a one was renamed to.
  const special = (key: string): boolean =>
    isOurs(key) || key.endsWith('_') || key === 'err' || key === 'error' || Object.hasOwn(serializers, key)
  return {
    clean: cleanFields(redaction, special),
    safeText: rememberedMessages((text) => safeText(text, redaction, bounds)),
  }
}

/** Makes entries of the calls of one logger: bindings and fields made safe, the message filled. Never throws. */
export class EntryBuilder {
  readonly #logger: string
  readonly #safety: SanitizerOptions
  readonly #bindings: Fields
  readonly #bindingsText: string
  readonly #bindingNames: readonly string[]
  readonly #serializers: Serializers
  readonly #memory: Caches

  constructor(logger: string, safety: SanitizerOptions, bindings: Fields, serializers: Serializers, memory: Caches) {
    this.#logger = logger
    this.#safety = safety
    this.#bindings = bindings
    this.#bindingsText = fieldMembers(bindings)
    this.#bindingNames = Object.keys(bindings)
    this.#serializers = serializers
    this.#memory = memory
  }

  /** A maker that adds `bindings` and `serializers` to these. Never throws. */
  child(bindings: unknown, serializers: unknown): EntryBuilder {
    try {
      return this.#child(fieldsOf(bindings), ownFunctions(serializers))
    } catch {
      const fields = { ...this.#bindings, unreadable: 'the bindings of this logger threw while they were read' }
      return new EntryBuilder(this.#logger, this.#safety, fields, this.#serializers, this.#memory)
    }
  }

  #child(bindings: object, serializers: Serializers | undefined): EntryBuilder {
    const all = serializers === undefined ? this.#serializers : { ...this.#serializers, ...serializers }
    const memory = serializers === undefined ? this.#memory : cachesOf(this.#safety, all)
    const clean = memory.clean(bindings)
    const own = clean === undefined ? this.#safeFields(bindings, all).fields : JSON.parse(`{${clean}}`)
    return new EntryBuilder(this.#logger, this.#safety, { ...this.#bindings, ...own }, all, memory)
  }

  // Proxies and getters of the caller's may throw anywhere on the way; the request goes on, and the line says so.
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
    const { redaction } = this.#safety
    if (typeof first === 'string') {
      const message = formatMessage(first, rest, redaction)
      if (rest.length === 0 || !rest.some(isError)) return this.#textEntry(level, message, '')
      const error = errorLeftOver(first, rest)
      const beside = rest.filter((value) => value !== error)
      return this.#safeEntry(level, message, error === undefined ? {} : { error }, beside)
    }
    const given = fieldsOf(first)
    const said = rest[0] === undefined ? messageOf(given) : messageText(rest[0], redaction)
    const message = rest.length < 2 ? said : formatMessage(said, rest.slice(1), redaction)
    const clean = this.#memory.clean(given)
    if (clean !== undefined && !this.#overrides(given)) return this.#textEntry(level, message, clean)
    return this.#safeEntry(level, message, given, rest)
  }

  /** The entry whose fields take the long way. A secret that was hidden in an error is blanked in the message, too. */
  #safeEntry(level: Level, message: string, own: object, beside: readonly unknown[]): Entry {
    const { redaction, bounds } = this.#safety
    const { fields, hidden } = this.#safeFields(own, this.#serializers, beside)
    const all = { ...this.#bindings, ...fields }
    if (hidden === undefined) return this.#entry(level, message, all)
    const text = safeText(message, hidden.over(redaction), bounds)
    return { time: Date.now(), level, logger: this.#logger, message: text, fields: all }
  }

  #entry(level: Level, message: string, fields: Fields): Entry {
    return { time: Date.now(), level, logger: this.#logger, message: this.#memory.safeText(message), fields }
  }

  #textEntry(level: Level, message: string, own: string): Entry {
    const bindings = this.#bindingsText
    const members = bindings === '' ? own : own === '' ? bindings : `${bindings},${own}`
    return new EncodedEntry(Date.now(), level, this.#logger, this.#memory.safeText(message), members)
  }

  #overrides(fields: object): boolean {
    for (const name of this.#bindingNames) if (Object.hasOwn(fields, name)) return true
    return false
  }

  #safeFields(fields: object, serializers: Serializers, beside?: readonly unknown[]): SafeFields {
    return safeEntry(serialised(fields, serializers), this.#safety.redaction, this.#safety.bounds, beside)
  }
}

/** The maker of a logger without bindings. */
export function entryBuilder(logger: string, safety: SanitizerOptions, serializers: Serializers): EntryBuilder {
  return new EntryBuilder(logger, safety, {}, serializers, cachesOf(safety, serializers))
}

function fieldsOf(first: unknown): object {
  if (isError(first)) return { error: first }
  if (typeof first === 'object' && first !== null) return first
  return first === undefined ? {} : { value: first }
}

/** The serializers among what was given as such. */
function ownFunctions(given: unknown): Serializers | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  return Object.fromEntries(Object.entries(given).filter(([, serializer]) => typeof serializer === 'function'))
}

/** Without a message, an entry says what its error says. */
function messageOf(fields: object): string {
  try {
    const { error, err } = fields as { error?: unknown; err?: unknown }
    const said = isError(error) ? error : err
    return isError(said) ? String(said.message) : ''
  } catch {
    return ''
  }
}
