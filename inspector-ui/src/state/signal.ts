import { Component, options, type VNode } from 'preact'

/*
 * Values that tell who read them when they change. A component that reads one is drawn again when it changes. If its parent is
 * drawn again, it is only if its properties differ. The page uses so little of @preact/signals that this has a quarter of its size.
 */

/** What reads signals: a component, a computed signal, or a watcher. */
interface Reader {
  readonly changed: () => void
  sources: Set<Source>
}

interface Source {
  readonly readers: Set<Reader>
  /** Nobody reads it any more. */
  readonly left?: () => void
}

/** A value that can be watched. */
export interface ReadonlySignal<T> {
  /** The value. Who reads it is told of its next one. */
  readonly value: T
  /** The value, for those who need not be told. */
  readonly peek: () => T
}

export interface Signal<T> extends ReadonlySignal<T> {
  value: T
}

/** What reads now; undefined in event handlers and after answers. */
let current: Reader | undefined

export function signal<T>(first: T): Signal<T> {
  let now = first
  const source: Source = { readers: new Set() }
  return {
    get value() {
      enter(source)
      return now
    },
    set value(next) {
      if (next === now) return
      now = next
      tell(source)
    },
    peek: () => now,
  }
}

/** A signal whose value follows from others. It is kept while somebody reads it, and tells only of values that differ. */
export function computed<T>(compute: () => T): ReadonlySignal<T> {
  let kept: { readonly value: T } | undefined
  const source: Source = {
    readers: new Set(),
    left: () => {
      kept = undefined
      leaveAll(reader)
    },
  }
  const reader = readerOf(() => {
    const before = kept
    kept = { value: readAs(reader, compute) }
    if (kept.value !== before?.value) tell(source)
  })
  const peek = (): T => (kept === undefined ? readAs(undefined, compute) : kept.value)
  return {
    get value() {
      if (current === undefined) return peek()
      enter(source)
      kept ??= { value: readAs(reader, compute) }
      return kept.value
    },
    peek,
  }
}

/** Calls with the value, now and whenever it changes, until the function that comes back is called. */
export function watch<T>(source: ReadonlySignal<T>, call: (value: T) => void): () => void {
  const reader = readerOf(() => call(readAs(reader, () => source.value)))
  reader.changed()
  return () => leaveAll(reader)
}

function readerOf(changed: () => void): Reader {
  return { changed, sources: new Set() }
}

function enter(source: Source): void {
  if (current === undefined) return
  source.readers.add(current)
  current.sources.add(source)
}

function leave(source: Source, reader: Reader): void {
  source.readers.delete(reader)
  if (source.readers.size === 0) source.left?.()
}

function leaveAll(reader: Reader): void {
  for (const source of reader.sources) leave(source, reader)
  reader.sources = new Set()
}

function tell({ readers }: Source): void {
  for (const reader of [...readers]) reader.changed()
}

function readAs<T>(reader: Reader | undefined, read: () => T): T {
  const stop = start(reader)
  try {
    return read()
  } finally {
    stop()
  }
}

/** From now on `reader` reads, until the function that comes back is called. What it read before and not again, it leaves. */
function start(reader: Reader | undefined): () => void {
  const outer = current
  const before = reader?.sources ?? []
  current = reader
  if (reader !== undefined) reader.sources = new Set()
  return () => {
    current = outer
    for (const source of before) if (reader?.sources.has(source) === false) leave(source, reader)
  }
}

/** `__c`: the component of a node; null if the node is an element or a text. */
type DrawnNode = VNode & { readonly __c: Component | null }

/** The hooks of Preact, for @preact/signals and the like: `__b` before a node is compared, `__r` before a component is drawn. */
const hooks: { [name in '__b' | '__r' | 'diffed' | 'unmount']?: (node: DrawnNode) => void } = options as object
const readers = new WeakMap<Component, Reader>()
let stopDrawing: (() => void) | undefined

function on(name: keyof typeof hooks, run: (node: DrawnNode) => void): void {
  const others = hooks[name]
  hooks[name] = (node) => {
    others?.(node)
    run(node)
  }
}

/** A component has read what it reads when its first child is compared, or when it has none. */
function drawn(): void {
  stopDrawing?.()
  stopDrawing = undefined
}

on('__b', drawn)
on('diffed', drawn)
on('__r', ({ __c: component }) => {
  drawn()
  if (component === null) return
  const reader = readers.get(component) ?? readerOf(() => component.setState({}))
  readers.set(component, reader)
  stopDrawing = start(reader)
})
on('unmount', ({ __c: component }) => {
  const reader = component === null ? undefined : readers.get(component)
  if (reader !== undefined) leaveAll(reader)
})

// A component without signals is drawn with its parent: it may show the time, or what an object holds now.
Component.prototype.shouldComponentUpdate = function (next: object, state: object): boolean {
  const reads = (readers.get(this)?.sources.size ?? 0) > 0
  return !reads || state !== this.state || differ(next, this.props)
}

function differ(one: object, other: object): boolean {
  const others = new Map(Object.entries(other))
  const entries = Object.entries(one)
  return entries.length !== others.size || entries.some(([name, value]) => value !== others.get(name))
}
