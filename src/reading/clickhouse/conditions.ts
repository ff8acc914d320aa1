import { type Level, levelNumbers, levels } from '../../logging/levels.js'
import { addedValues, severities, wholeLine } from '../../records/clickhouse/line-mapping.js'
import { mayReadAccount, type ReadAccess, seesAll, seesInternals } from '../../records/read-access.js'
import type { LineFilter } from '../lines/line-filter.js'

/** A part of a WHERE, with the values that it binds. */
export interface Conditions {
  readonly sql: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The type of a bound value. */
type Kind = 'String' | 'Array(String)' | 'Int64' | 'UInt8' | 'UInt16'

/** Collects conditions. Values never stand in the text: `add` binds each under a name of its own. */
export class ConditionList implements Conditions {
  readonly #parts: string[] = []
  readonly params: Record<string, unknown> = {}

  get sql(): string {
    return this.#parts.length === 0 ? '1' : this.#parts.map((part) => `(${part})`).join(' AND ')
  }

  /** Adds a condition that binds no value, or only values that were bound. */
  add(sql: string): this {
    this.#parts.push(sql)
    return this
  }

  /** Binds a value. @returns its place in the text */
  bind(kind: Kind, value: unknown): string {
    const name = `p${Object.keys(this.params).length}`
    this.params[name] = value
    return `{${name}:${kind}}`
  }

  /** Only lines written at or after `from`, and before `to`. Nanoseconds since the epoch. */
  between(from: bigint | undefined, to: bigint | undefined): this {
    if (from !== undefined && from > minNanos) {
      this.add(`Timestamp >= ${this.#time(from)}`)
      // The table is sorted by this column.
      this.add(`TimestampTime >= toDateTime(${this.#time(from)})`)
    }
    if (to !== undefined && to < maxNanos) {
      this.add(`Timestamp < ${this.#time(to)}`)
      this.add(`TimestampTime <= toDateTime(${this.#time(to)})`)
    }
    return this
  }

  #time(nanos: bigint): string {
    return `fromUnixTimestamp64Nano(${this.bind('Int64', clamped(nanos).toString())})`
  }
}

/** Times that the columns have: 1970 to 2106. */
const minNanos = 0n
const maxNanos = 4_294_967_295n * 1_000_000_000n

function clamped(nanos: bigint): bigint {
  return nanos < minNanos ? minNanos : nanos > maxNanos ? maxNanos : nanos
}

/** The nanoseconds of a time in ms; undefined for no bound. */
export function nanosOf(ms: number | undefined): bigint | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined
  return BigInt(Math.ceil(ms)) * 1_000_000n
}

/** An attribute of a line. @param name one of our own names, never one of a reader */
export function attribute(name: string): string {
  return `LogAttributes['${name}']`
}

/**
 * The conditions under which a reader may see lines: of the reader's account, and neither totals, which name many accounts, nor
 * requests whose account was changed. Undefined for a reader who sees nothing.
 */
export function readable(access: ReadAccess): ConditionList | undefined {
  // Throws for an invalid `access`.
  mayReadAccount(access, undefined)
  if (access.isEmpty) return undefined
  const list = new ConditionList()
  if (seesAll(access)) return list
  list.add(`${attribute('account')} = ${list.bind('String', access.account)}`)
  list.add(`${attribute('kind')} != 'totals' AND ${attribute('accountSwitched')} != 'true'`)
  return list
}

/**
 * True for every line with an error. A reader without internals sees of an error its code only. If a filter selected by the rest, the end
 * of a page would tell such a reader what is in it.
 */
const mayHaveError = `arrayExists(value -> position(value, '"stack"') > 0 OR (position(value, '"type"') > 0 AND position(value, '"message"') > 0), mapValues(LogAttributes))`

/** Adds the conditions of a filter. They may let more lines pass than the test of the filter, which follows, and never fewer. */
export function addFilter(list: ConditionList, filter: LineFilter, access: ReadAccess): ConditionList {
  const { loggers = [], level, account, requestId, text, fields = {}, from, to } = filter
  const unlessSeen = seesInternals(access) ? '' : ` OR ${mayHaveError}`
  if (loggers.length > 0) list.add(`ScopeName IN ${list.bind('Array(String)', loggers)}`)
  if (level !== undefined) addLevel(list, level)
  if (account !== undefined) list.add(`${attribute('account')} = ${list.bind('String', account)}`)
  if (requestId !== undefined) {
    const id = list.bind('String', requestId)
    list.add(`${attribute('requestId')} = ${id} OR ${attribute('parentId')} = ${id}`)
  }
  if (text !== undefined && text !== '') {
    const found = `position(lowerUTF8(Body), ${list.bind('String', text.toLowerCase())}) > 0`
    // ClickHouse could not read a message with half of a surrogate pair: it stands in the whole line only.
    list.add(`${found} OR (Body = '' AND ${hasName(wholeLine)})${unlessSeen}`)
  }
  for (const value of Object.values(fields)) addField(list, value, unlessSeen)
  return list.between(nanosOf(from), nanosOf(to))
}

function addLevel(list: ConditionList, level: Level): void {
  const condition = `SeverityNumber >= ${list.bind('UInt8', severities[levels.indexOf(level)])}`
  // Rows of other programs without a severity count as information.
  list.add(levelNumbers[level] > levelNumbers.info ? condition : `${condition} OR SeverityNumber = 0`)
}

/** A field of any name with this value, as an attribute or among those that the service added. */
function addField(list: ConditionList, value: string, unlessSeen: string): void {
  // ClickHouse may write a long number in another way than JavaScript.
  if (String(Number(value)) === value && !/^-?(?:\d{1,15}|\d{1,9}\.\d{1,6})$/.test(value)) return
  const own = `has(mapValues(LogAttributes), ${list.bind('String', value)})`
  list.add(`${[own, addedValue(list, value), hasName(wholeLine)].join(' OR ')}${unlessSeen}`)
}

function addedValue(list: ConditionList, value: string): string {
  // It is unknown how ClickHouse writes such characters in JSON.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(value)) return hasName('fields')
  const text = JSON.stringify(value)
  return `hasAny(${addedValues}, ${list.bind('Array(String)', [text, text.replaceAll('/', '\\/'), value])})`
}

/** True for lines with an attribute of this name. The table has an index of the names. @param name one of our own */
function hasName(name: string): string {
  return `mapContains(LogAttributes, '${name}')`
}
