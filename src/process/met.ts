import { oncePerProcess } from './once.js'

/** The packages that Spoor met in this process, by the names that the registry of packages has. Modules of Node are `node:http`. */
const met = oncePerProcess('met.1', () => ({ names: new Set<string>() }))

/** Notes that a framework called an adapter, or that a query of a driver was heard or its client is followed. */
export function meet(name: string): void {
  met.names.add(name)
}

/** The names of what was met. */
export function metNames(): ReadonlySet<string> {
  return met.names
}
