import { Stream } from 'node:stream'
import { types } from 'node:util'
import { messageSummary } from './http-message.js'

/**
 * What stands for an object of a kind that has no useful members of its own: dates, URLs, buffers, streams, HTTP
 * messages and headers. Undefined for any other. By kind, not by class, so that those of another realm (vm, Jest) count.
 */
export function knownObject(value: object): unknown {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`
  if (types.isRegExp(value)) return String(value)
  if (types.isPromise(value)) return '[promise]'
  if (types.isBoxedPrimitive(value)) return value.valueOf()
  if (value instanceof URL || value instanceof URLSearchParams) return String(value)
  if (value instanceof Stream) return messageSummary(value) ?? `[${nameOf(value)}]`
  // Touching the global `Headers` would load undici into every process.
  const tag = Object.prototype.toString.call(value)
  if (tag === '[object Headers]' || tag === '[object FormData]') return new Map(value as Map<string, unknown>)
  return undefined
}

function nameOf(value: object): string {
  return String(value.constructor?.name || 'Stream').slice(0, 100)
}
