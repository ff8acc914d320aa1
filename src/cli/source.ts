import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileLines } from '../reading/files/file-lines.js'
import { groupsBelow } from '../reading/files/log-groups.js'
import type { ReadingMode } from '../reading/files/open-file.js'
import type { LineSource } from '../reading/line-source.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { type Arguments, textOf, UsageError } from './command.js'

/** The log lines of a command. */
export interface CommandLines {
  readonly lines: LineSource
  /** For everybody's lines, or those of `--account`. */
  readonly access: ReadAccess
  /** Where the lines are, for messages. */
  readonly place: string
  /** The directory of log files; undefined for ClickHouse. */
  readonly directory: string | undefined
}

/** How a command reads lines. */
export interface LinesWanted {
  /** How files are read. Default: `async`. */
  readonly mode?: ReadingMode
  /** Whether live lines keep the process alive. Default: false. */
  readonly keepsAlive?: boolean
}

/**
 * The log lines that `--dir` or `--clickhouse` names, for everybody's lines or those of `--account`.
 *
 * @throws UsageError if there is no such directory, this user may not read it, or the URL is wrong
 */
export async function linesFrom(given: Arguments, wanted: LinesWanted = {}): Promise<CommandLines> {
  const account = textOf(given, 'account')
  const access = account === undefined ? readAccess('all', undefined) : readAccess('account', account, true)
  const clickhouse = textOf(given, 'clickhouse')
  if (clickhouse !== undefined) {
    const { clickhouseLinesAt } = await import('./clickhouse-lines.js')
    return { ...(await clickhouseLinesAt(clickhouse, wanted.keepsAlive === true)), access, directory: undefined }
  }
  const directory = directoryOf(given)
  return { lines: fileLines(() => groupsBelow(join(directory)), wanted), access, place: directory, directory }
}

/**
 * The directory that `--dir` names.
 *
 * @throws UsageError if there is no such directory
 */
export function directoryOf(given: Arguments): string {
  const directory = textOf(given, 'dir') ?? 'logs'
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats === undefined) {
    const fix = given.options['dir'] === undefined ? 'name the directory of the log files: --dir DIR' : 'check the name'
    throw new UsageError(`spoor: there is no directory ${directory}; ${fix}`)
  }
  if (!stats.isDirectory())
    throw new UsageError(`spoor: --dir: expected a directory, got a file; name the directory of ${directory}`)
  return directory
}

/** The options that name the same source in a command to copy: ` --dir /var/log/shop`. */
export function sourceWords(given: Arguments): string {
  const [directory, url] = [textOf(given, 'dir'), textOf(given, 'url')]
  if (url !== undefined) return ` --url ${shellWord(url)}`
  const clickhouse = textOf(given, 'clickhouse')
  if (clickhouse !== undefined) return ` --clickhouse ${shellWord(withoutPassword(clickhouse))}`
  return directory === undefined ? '' : ` --dir ${shellWord(directory)}`
}

/** A command to copy has the user, who may read there, and no password. */
function withoutPassword(text: string): string {
  const { protocol, username, host, pathname } = new URL(text)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname === '/' ? '' : pathname}`
}

function shellWord(text: string): string {
  return /^[\w./:@%+=~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

const units = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 } as const

/** The ms of a text such as 90s, 15m, 1h or 2d; undefined for any other text. */
export function spanMs(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * units[unit as keyof typeof units]
}

/**
 * The `--last` of a command, in ms.
 *
 * @throws UsageError for anything but a number with s, m, h or d
 */
export function lastMs(given: Arguments): number {
  const text = textOf(given, 'last') ?? '1h'
  const ms = spanMs(text)
  if (ms === undefined)
    throw new UsageError(`spoor: --last: expected a time such as 90s, 15m, 1h or 2d, got ${text.slice(0, 40)}`)
  return ms
}
