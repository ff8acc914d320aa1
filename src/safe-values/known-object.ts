import { Stream } from 'node:stream'
import { types } from 'node:util'
import { messageSummary, webSummary } from './http-message.js'

const maxEntries = 201
const maxParameters = 200
const maxName = 100

/**
 * The summary of an object whose own members say nothing useful: dates, URLs, buffers, streams, HTTP messages and
 * headers, and the classes of the web. Undefined for any other object. Objects are recognized by their kind and not by
 * their class, so that objects of another realm (vm, Jest) count too.
 */
export function knownObject(value: object): unknown {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`
  if (types.isRegExp(value)) return String(value)
  if (types.isPromise(value)) return '[promise]'
  if (types.isBoxedPrimitive(value)) return value.valueOf()
  if (value instanceof URLSearchParams && value.size > maxParameters) return `[${value.size} search parameters]`
  if (value instanceof URL || value instanceof URLSearchParams) return String(value)
  if (value instanceof Stream) return messageSummary(value) ?? `[${nameOf(value)}]`
  return webObject(value)
}

/** The name of an object's class, from the object or its class. */
export function classOf(value: object): string {
  const tag = tagOf(value)
  return tag === 'Object' ? nameOf(value) : tag
}

// Reading the globals `Headers` or `Response` would load undici into every process.
function webObject(value: object): unknown {
  const tag = tagOf(value)
  if (tag === 'Headers' || tag === 'FormData') return entriesOf(value)
  if (tag === 'Blob' || tag === 'File') return blobOf(value)
  if (tag === 'AbortSignal') return members(value, ['aborted', 'reason'])
  if (tag === 'Response' || tag === 'Request') return webSummary(value)
  if (isEvent(value)) return { type: value.type, ...members(value, ['message', 'error', 'code', 'reason']) }
  return undefined
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

/** The first entries as a Map. An object that looks like `Headers` may have endless entries. */
function entriesOf(value: object): Map<unknown, unknown> | undefined {
  if (typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') return undefined
  const entries = new Map<unknown, unknown>()
  let left = maxEntries
  for (const [name, item] of value as Iterable<[unknown, unknown]>) {
    entries.set(name, item)
    if (--left === 0) break
  }
  return entries
}

function blobOf(value: object): string {
  const { size, type, name } = value as { size?: unknown; type?: unknown; name?: unknown }
  return `[${[`${String(size)} bytes`, type, name].filter((part) => typeof part === 'string' && part !== '').join(', ')}]`
}

function isEvent(value: object): value is Event {
  return typeof Event === 'function' && value instanceof Event
}

function members(value: object, names: readonly string[]): Record<string, unknown> {
  const given = names.map((name) => [name, (value as Record<string, unknown>)[name]])
  return Object.fromEntries(given.filter(([, member]) => member !== undefined && member !== null && member !== ''))
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name
  return (typeof name === 'string' && name !== '' ? name : 'object').slice(0, maxName)
}
