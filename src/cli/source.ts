import { statSync } from 'node:fs'
import { join } from 'node:path'
import { groupsBelow, type LogGroup } from '../reading/find/log-groups.js'
import type { ReadAccess } from '../records/read-access.js'
import { readAccess } from '../records/read-access.js'
import { type Arguments, textOf, UsageError } from './command.js'

/** The log files of a command. */
export interface LocalSource {
  readonly directory: string
  /** Lists the files anew. */
  groups(): LogGroup[]
  readonly access: ReadAccess
}

/**
 * The log files that `--dir` names, for everybody's lines or those of `--account`.
 *
 * @throws UsageError if there is no such directory, or this user may not read it
 */
export function localSource(given: Arguments, account?: string): LocalSource {
  const directory = textOf(given, 'dir') ?? 'logs'
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats === undefined) {
    const fix = given.options['dir'] === undefined ? 'name the directory of the log files: --dir DIR' : 'check the name'
    throw new UsageError(`spoor: there is no directory ${directory}; ${fix}`)
  }
  if (!stats.isDirectory())
    throw new UsageError(`spoor: --dir: expected a directory, got a file; name the directory of ${directory}`)
  const access = account === undefined ? readAccess('all', undefined) : readAccess('account', account, true)
  return { directory, groups: () => groupsBelow(join(directory)), access }
}

/** The options that name the same source in a command to copy: ` --dir /var/log/shop`. */
export function sourceWords(given: Arguments): string {
  const [directory, url] = [textOf(given, 'dir'), textOf(given, 'url')]
  if (url !== undefined) return ` --url ${shellWord(url)}`
  return directory === undefined ? '' : ` --dir ${shellWord(directory)}`
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
