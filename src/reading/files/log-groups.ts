import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'

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

const logName = /^(?!\.)(.+\.(?:log|jsonl))(?:\.([1-9]\d{0,3}))?$/s
// Links to directories are not followed, so this depth only bounds mistakes like `--dir /`.
const maxDepth = 12
const maxListings = 10

/**
 * Lists `*.log`, `*.jsonl` and their backups `.1`, `.2` … in a directory and below. Links, devices and pipes are left out.
 *
 * @throws the error of node:fs if the directory cannot be read
 */
export function groupsBelow(directory: string): LogGroup[] {
  return steady(() => groupsOf(directory, pathsBelow(directory, readdirSync(directory, { withFileTypes: true }), 0)))
}

/** Lists live files and their backups, whatever their names. @param directory the files are named relative to it */
export function groupsOfFiles(liveFiles: readonly string[], directory: string): LogGroup[] {
  return steady(() => groupsNow(liveFiles, directory))
}

/**
 * Lists until two listings have the same files. While a rotation renames files, a listing may hide some of them. Where files rotate
 * faster than they are listed, the result has the files of all listings.
 */
function steady(list: () => LogGroup[]): LogGroup[] {
  let last = list()
  let all = last
  for (let listings = 1; listings < maxListings; listings++) {
    const groups = list()
    if (identitiesIn(groups) === identitiesIn(last)) return groups
    all = groups.map((group) => withHidden(group, all))
    last = groups
  }
  return all
}

function identitiesIn(groups: readonly LogGroup[]): string {
  return groups.map(({ name, files }) => `${name} ${files.map(({ identity }) => identity).join()}`).join('\n')
}

/** A group with the files that only an earlier listing has, each before the files that are older. */
function withHidden(group: LogGroup, earlier: readonly LogGroup[]): LogGroup {
  const files = [...group.files]
  const known = earlier.find(({ name }) => name === group.name)?.files ?? []
  let at = files.length
  for (const file of [...known].reverse()) {
    const same = files.findIndex(({ identity }) => identity === file.identity)
    if (same >= 0) at = same
    else files.splice(at, 0, file)
  }
  return { ...group, files }
}

function groupsNow(liveFiles: readonly string[], directory: string): LogGroup[] {
  const names = new Map([...new Set(liveFiles.map((path) => dirname(path)))].map((one) => [one, entriesOf(one)]))
  const groups = liveFiles.map((live) => {
    const files = (names.get(dirname(live)) ?? []).flatMap((entry): [number, string][] => {
      const number = entry.isFile() ? numberOf(entry.name, basename(live)) : undefined
      return number === undefined ? [] : [[number, inside(dirname(live), entry.name)]]
    })
    return groupOf(directory, live, files)
  })
  return groups.filter(({ files }) => files.length > 0)
}

/** 0 for the live file, and the number of a backup. */
function numberOf(name: string, live: string): number | undefined {
  if (name === live) return 0
  const number = name.startsWith(`${live}.`) ? name.slice(live.length + 1) : ''
  return /^[1-9]\d{0,3}$/.test(number) ? Number(number) : undefined
}

/** The entries of a directory; none if it was removed meanwhile, or is private. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

function filesOf(directory: string, entries: readonly Dirent[]): string[] {
  return entries.filter((entry) => entry.isFile()).map(({ name }) => inside(directory, name))
}

function pathsBelow(directory: string, entries: readonly Dirent[], depth: number): string[] {
  const below = entries
    .filter((entry) => entry.isDirectory() && depth < maxDepth && !entry.name.startsWith('.'))
    .map(({ name }) => inside(directory, name))
  return [...filesOf(directory, entries), ...below.flatMap((one) => pathsBelow(one, entriesOf(one), depth + 1))]
}

function groupsOf(directory: string, paths: readonly string[]): LogGroup[] {
  const byLive = new Map<string, [number, string][]>()
  for (const path of paths) {
    const [, live, number = '0'] = logName.exec(basename(path)) ?? []
    if (live === undefined) continue
    const key = inside(dirname(path), live)
    const files = byLive.get(key) ?? []
    files.push([Number(number), path])
    byLive.set(key, files)
  }
  const groups = [...byLive].map(([live, files]) => groupOf(directory, live, files))
  return groups.filter(({ files }) => files.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function groupOf(directory: string, live: string, files: readonly (readonly [number, string])[]): LogGroup {
  const sorted = [...files].sort(([a], [b]) => a - b)
  const listed: ListedFile[] = []
  for (const [, path] of sorted) {
    const file = listedFile(directory, path)
    // A rotation during the listing may show one file under two names.
    if (file !== undefined && !listed.some(({ identity }) => identity === file.identity)) listed.push(file)
  }
  return { name: relativeTo(directory, live), files: listed }
}

function listedFile(directory: string, path: string): ListedFile | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  // It was rotated or removed meanwhile.
  if (stats === undefined) return undefined
  const { dev, ino, size, mtimeMs } = stats
  return { path, name: relativeTo(directory, path), bytes: size, modifiedMs: mtimeMs, identity: `${dev}:${ino}` }
}

// `join` of node:path would take a third of the listing.
function inside(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

function relativeTo(directory: string, path: string): string {
  const start = directory.endsWith('/') ? directory : `${directory}/`
  return path.startsWith(start) ? path.slice(start.length) : path
}
