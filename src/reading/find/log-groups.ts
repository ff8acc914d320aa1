import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A log file or backup, as it was when the search began. */
export interface ListedFile {
  readonly path: string
  /** The path as readers see it: relative to the directory of the search. */
  readonly name: string
  readonly bytes: number
  readonly modifiedMs: number
  /** Tells the file from others, also after it was renamed. */
  readonly identity: string
}

/** A log file and its backups, newest first. */
export interface LogGroup {
  /** The name of the live file. */
  readonly name: string
  readonly files: readonly ListedFile[]
}

const logName = /^(?!\.)(.+\.(?:log|jsonl))(?:\.([1-9]\d{0,3}))?$/
// Links to directories are not followed, so this depth only bounds mistakes like `--dir /`.
const maxDepth = 12

/** Lists `*.log`, `*.jsonl` and their backups `.1`, `.2` … in a directory and below. Links, devices and pipes are left out. */
export async function groupsBelow(directory: string): Promise<LogGroup[]> {
  const paths = await pathsBelow(directory, 0)
  return groupsOf(directory, paths)
}

/** Lists live files and their backups. */
export async function groupsOfFiles(liveFiles: readonly string[], directory: string): Promise<LogGroup[]> {
  const wanted = new Set(liveFiles)
  const paths = await Promise.all([...new Set(liveFiles.map((path) => dirname(path)))].map((one) => pathsIn(one)))
  return groupsOf(
    directory,
    paths.flat().filter((path) => wanted.has(liveOf(path) ?? path)),
  )
}

function liveOf(path: string): string | undefined {
  const live = logName.exec(basename(path))?.[1]
  return live === undefined ? undefined : join(dirname(path), live)
}

async function pathsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [])
  return names.map((name) => join(directory, name))
}

async function pathsBelow(directory: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    // The directory of the search must exist. One below it may have been removed, or be private.
    if (depth === 0) throw error
    return []
  })
  const below = entries.filter((entry) => entry.isDirectory() && depth < maxDepth && !entry.name.startsWith('.'))
  const deeper = await Promise.all(below.map(({ name }) => pathsBelow(join(directory, name), depth + 1)))
  return [...entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name)), ...deeper.flat()]
}

async function groupsOf(directory: string, paths: readonly string[]): Promise<LogGroup[]> {
  const byLive = new Map<string, [number, string][]>()
  for (const path of paths) {
    const [, live, number = '0'] = logName.exec(basename(path)) ?? []
    if (live === undefined) continue
    const key = join(dirname(path), live)
    byLive.set(key, [...(byLive.get(key) ?? []), [Number(number), path]])
  }
  const groups = await Promise.all([...byLive].map(([live, files]) => groupOf(directory, live, files)))
  return groups.filter(({ files }) => files.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function groupOf(
  directory: string,
  live: string,
  files: readonly (readonly [number, string])[],
): Promise<LogGroup> {
  const sorted = [...files].sort(([a], [b]) => a - b)
  const listed = await Promise.all(sorted.map(([, path]) => listedFile(directory, path)))
  const seen = new Set<string>()
  // A rotation during the listing may show one file under two names.
  const once = listed.filter((file): file is ListedFile => {
    if (file === undefined || seen.has(file.identity)) return false
    seen.add(file.identity)
    return true
  })
  return { name: relativeTo(directory, live), files: once }
}

async function listedFile(directory: string, path: string): Promise<ListedFile | undefined> {
  try {
    const { dev, ino, size, mtimeMs } = await lstat(path)
    return { path, name: relativeTo(directory, path), bytes: size, modifiedMs: mtimeMs, identity: `${dev}:${ino}` }
  } catch {
    // It was rotated or removed meanwhile.
    return undefined
  }
}

function relativeTo(directory: string, path: string): string {
  const start = directory.endsWith('/') ? directory : `${directory}/`
  return path.startsWith(start) ? path.slice(start.length) : path
}
