import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { metNames } from '../process/met.js'
import { own } from '../safe-values/own-member.js'

/** A framework, driver or queue of the service. */
export interface FoundPart {
  readonly kind: 'framework' | 'driver' | 'queue'
  /** The name of the package, or of the module: `pg`, `node:http`. `sqlite` is `node:sqlite` or a copy of better-sqlite3. */
  readonly name: string
  /** Its version, if its package.json is found. */
  readonly version?: string | undefined
  /** True if its adapter is in use, its client is followed, or a query of it was heard. */
  readonly isSeen: boolean
}

const kinds: Readonly<Record<FoundPart['kind'], readonly string[]>> = {
  framework: ['express', 'fastify', 'hono', 'koa', '@nestjs/core', 'node:http'],
  driver: ['pg', 'postgres', 'mysql2', 'better-sqlite3', 'sqlite', 'mongodb', 'mongoose', 'ioredis', 'redis'],
  queue: ['bullmq', 'pg-boss'],
}
const maxParents = 20

let installed: Promise<ReadonlyMap<string, string | undefined>> | undefined

/**
 * What Spoor met in this process, and what the service's package.json names besides. The files are read once, when a reader asks
 * first.
 */
export async function foundParts(): Promise<FoundPart[]> {
  installed ??= packagesOf(dirname(process.argv[1] ?? join(process.cwd(), 'x')))
  const versions = await installed
  const met = metNames()
  return (Object.keys(kinds) as FoundPart['kind'][]).flatMap((kind) =>
    kinds[kind].flatMap((name): FoundPart[] => {
      // A client does not tell which of both modules it is of: it is of better-sqlite3 if the service has that.
      if (name === (versions.has('better-sqlite3') ? 'sqlite' : 'better-sqlite3')) return []
      const isSeen = met.has(name === 'better-sqlite3' ? 'sqlite' : name)
      if (!isSeen && !versions.has(name)) return []
      const version = versions.get(name)
      return [{ kind, name, ...(version === undefined ? {} : { version }), isSeen }]
    }),
  )
}

/** The known packages that the nearest package.json names, or that were met, with their versions. */
export async function packagesOf(directory: string): Promise<ReadonlyMap<string, string | undefined>> {
  const parents = [directory]
  for (let at = directory; parents.length < maxParents && dirname(at) !== at; parents.push(at)) at = dirname(at)
  const named = await firstOf(parents, (one) => packageAt(one))
  const dependencies = own(Object(named) as { dependencies?: unknown }, 'dependencies')
  const names = Object.values(kinds).flat()
  const found = await Promise.all(
    names.map(async (name) => {
      const isNamed = typeof dependencies === 'object' && dependencies !== null && Object.hasOwn(dependencies, name)
      if (name === 'sqlite' || name.startsWith('node:') || (!isNamed && !metNames().has(name))) return []
      return [[name, versionOf(await firstOf(parents, (one) => packageAt(join(one, 'node_modules', name))))] as const]
    }),
  )
  return new Map(found.flat())
}

async function firstOf<T>(
  all: readonly string[],
  read: (one: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const one of all) {
    const value = await read(one)
    if (value !== undefined) return value
  }
  return undefined
}

async function packageAt(directory: string): Promise<object | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
    return typeof read === 'object' && read !== null ? read : undefined
  } catch {
    return undefined
  }
}

function versionOf(read: object | undefined): string | undefined {
  const version = own(Object(read) as { version?: unknown }, 'version')
  return typeof version === 'string' && /^[\w.+-]{1,40}$/.test(version) ? version : undefined
}
