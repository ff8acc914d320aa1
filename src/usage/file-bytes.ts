import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { currentContext } from '../context/storage.js'
import { patch } from '../process/patch.js'
import type { FileBytes } from '../work/charge.js'

// biome-ignore lint/suspicious/noExplicitAny: arguments of node:fs are passed on unchanged
type Method = (this: unknown, ...args: any[]) => any
/** Counts the bytes of a finished call. */
type Count = (bytes: FileBytes, result: unknown, args: unknown[]) => void

const read: Count = (bytes, result) => {
  bytes.readBytes += numberOf(result, 'bytesRead')
}
const written: Count = (bytes, result) => {
  bytes.writtenBytes += numberOf(result, 'bytesWritten')
}
const readWhole =
  (optionsAt: number): Count =>
  (bytes, result, args) => {
    bytes.readBytes += lengthOf(result, encodingOf(args[optionsAt]))
  }
const writtenWhole =
  (dataAt: number): Count =>
  (bytes, _, args) => {
    bytes.writtenBytes += lengthOf(args[dataAt], encodingOf(args[dataAt + 1]))
  }

const parts = { read, readv: read, write: written, writev: written }
const wholeFiles = { readFile: readWhole(1), writeFile: writtenWhole(1), appendFile: writtenWhole(1) }
const ofHandles = { ...parts, readFile: readWhole(0), writeFile: writtenWhole(0), appendFile: writtenWhole(0) }

/** True during a call of a wrapped function: the calls that it makes itself are not counted. */
let isInside = false
/** The data of unfinished calls of `writeFile` and `appendFile`: up to Node 24, they call the public `write`. */
const counted = new WeakSet<object>()

/**
 * Counts the bytes that measured work reads and writes through `node:fs`. Calls that a public function makes itself are
 * not counted twice. Not counted: functions that were taken out of `node:fs` before, and bytes that the system copies
 * by itself (`copyFile`, `cp`).
 *
 * @returns a function that restores `node:fs`
 */
export function countFileBytes(): () => void {
  const undo: (() => void)[] = []
  const put = (target: object, counts: Record<string, Count>, wrap: Wrap, suffix = ''): void => {
    for (const [name, count] of Object.entries(counts)) {
      undo.push(patch<Method>(target, name + suffix, (below) => wrap(below, count)))
    }
  }
  put(fs, { ...parts, readFile: wholeFiles.readFile }, withCallback)
  put(fs, { writeFile: wholeFiles.writeFile, appendFile: wholeFiles.appendFile }, withCallbackAndData)
  put(fs, { ...parts, ...wholeFiles }, synchronous, 'Sync')
  put(fs.promises, wholeFiles, withPromise)
  // The class of file handles can be reached only through a handle.
  let seen = false
  const handles: Wrap = (below) =>
    async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const handle = await Reflect.apply(below, this, args)
      if (!seen) put(Object.getPrototypeOf(handle), ofHandles, withPromise)
      seen = true
      return handle
    }
  put(fs.promises, { open: read }, handles)
  syncBuiltinESMExports()
  return () => {
    seen = true
    for (const one of undo) one()
    syncBuiltinESMExports()
  }
}

type Wrap = (below: Method, count: Count) => Method

const synchronous: Wrap = (below, count) =>
  function (...args) {
    const bytes = owner()
    if (bytes === undefined) return Reflect.apply(below, this, args)
    const result = inside(below, this, args)
    count(bytes, result, args)
    return result
  }

const withCallback: Wrap = (below, count) =>
  function (...args) {
    const bytes = counted.has(args[1]) ? undefined : owner()
    if (bytes === undefined) return Reflect.apply(below, this, args)
    const done = (error: unknown, result: unknown): void => {
      if (!error) count(bytes, result, args)
    }
    return inside(below, this, telling(args, done))
  }

const withCallbackAndData: Wrap = (below, count) =>
  function (...args) {
    const bytes = owner()
    const data = bytes && bufferOf(args[1], encodingOf(args[2]))
    if (bytes === undefined || data === undefined) return Reflect.apply(below, this, args)
    const own = args.with(1, data)
    const done = (error: unknown): void => {
      counted.delete(data)
      if (!error) count(bytes, undefined, own)
    }
    counted.add(data)
    try {
      return inside(below, this, telling(own, done))
    } catch (error) {
      counted.delete(data)
      throw error
    }
  }

const withPromise: Wrap = (below, count) =>
  function (...args) {
    const bytes = owner()
    const result = bytes === undefined ? Reflect.apply(below, this, args) : inside(below, this, args)
    if (bytes === undefined || !(result instanceof Promise)) return result
    return result.then((value) => {
      count(bytes, value, args)
      return value
    })
  }

/**
 * The counters of the current work, with one more operation; undefined if the work is not measured, or an outer call is
 * counted.
 */
function owner(): FileBytes | undefined {
  if (isInside) return undefined
  const charge = currentContext()?.work.charge
  if (charge?.fs === undefined || charge.settled) return undefined
  charge.fs.operations++
  return charge.fs
}

function inside(below: Method, self: unknown, args: unknown[]): unknown {
  isInside = true
  try {
    return Reflect.apply(below, self, args)
  } finally {
    isInside = false
  }
}

/** `args` with a callback that calls `done` before the caller's callback. */
function telling(args: unknown[], done: (error: unknown, result: unknown) => void): unknown[] {
  const callback = args.at(-1)
  if (typeof callback !== 'function') return args
  return args.with(-1, function (this: unknown, error: unknown, ...results: unknown[]) {
    done(error, results[0])
    return Reflect.apply(callback, this, [error, ...results])
  })
}

function numberOf(result: unknown, member: string): number {
  if (typeof result === 'number') return result
  const value = (result as Record<string, unknown> | undefined)?.[member]
  return typeof value === 'number' ? value : 0
}

function lengthOf(data: unknown, encoding: BufferEncoding | undefined): number {
  if (typeof data === 'string') return Buffer.byteLength(data, encoding)
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}

/**
 * The data as `writeFile` passes it on, in a view of its own, because other calls may write the same buffer. Undefined
 * for data that `writeFile` refuses.
 */
function bufferOf(data: unknown, encoding: BufferEncoding | undefined): ArrayBufferView | undefined {
  if (typeof data === 'string') return Buffer.from(data, encoding)
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : undefined
}

function encodingOf(options: unknown): BufferEncoding | undefined {
  const encoding =
    typeof options === 'string' ? options : (options as { encoding?: unknown } | null | undefined)?.encoding
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : undefined
}
