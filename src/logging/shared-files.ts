import { shown as shownValue } from '../options.js'
import { levelsFile } from './choice/levels-json.js'
import { rotationOf } from './handlers/rotation.js'
import { defaultFlush, type LoggerOptions, requestsOptions, withDefaults } from './logger-options.js'
import type { LogsOptions } from './logs-options.js'

const rotationNames = ['maxBytes', 'backups', 'keepForMs'] as const

interface NamedFile {
  /** The path of the option that names the file: `loggers.a`. */
  readonly owner: string
  readonly file: string
  /** The options on which loggers of the same file must agree, by their names. */
  readonly how: Readonly<Record<string, unknown>>
}

/** Every file in these options, with those of `requests` and of the root. */
function filesOf(options: Partial<LogsOptions<string>>): NamedFile[] {
  const loggers: Readonly<Record<string, LoggerOptions>> = isObject(options.loggers) ? options.loggers : {}
  const { requests, ...domains } = loggers
  const all: [string, LoggerOptions][] = [
    ['root', withDefaults(isObject(options.root) ? options.root : {}, options)],
    ...Object.entries(domains).map(([name, own]): [string, LoggerOptions] => [
      `loggers.${name}`,
      withDefaults(isObject(own) ? own : {}, options),
    ]),
    ['loggers.requests', requestsOptions(isObject(requests) ? requests : {}, options)],
  ]
  return all.flatMap(([owner, own]) => {
    const { file, flush = defaultFlush, format = 'text', rotation } = own
    const rotations = [options.rotation, rotation].filter(isObject)
    const limits = rotationOf(...rotations)
    const ofRotation = rotationNames.map((name) => [`rotation.${name}`, limits[name]])
    const how = { flush, format: format === 'publish_sync' ? 'text' : format, ...Object.fromEntries(ofRotation) }
    return typeof file === 'string' ? [{ owner, file, how }] : []
  })
}

/**
 * Adds a mistake for each file that loggers share although they do not agree about it, and for each file that has the name
 * of a backup or lock of another file, or of the file of the levels.
 */
export function separateFiles(value: unknown, _path: string, problems: string[]): void {
  const known = new Map<string, NamedFile>()
  const files = isObject(value) ? filesOf(value) : []
  for (const one of files) {
    const other = known.get(one.file)
    if (other === undefined) known.set(one.file, one)
    else disagreement(one, other, files, problems)
  }
  for (const { owner, file } of known.values()) {
    if (file === levelsFile) {
      problems.push(
        `${owner}.file: expected another name than ${levelsFile}, by which spoor level sets levels; rename it`,
      )
    }
    const backupOf = known.get(file.replace(/\.\d+$/, ''))
    if (/\.\d+$/.test(file) && backupOf !== undefined) {
      problems.push(
        `${owner}.file: expected another name than that of a backup of ${backupOf.owner}.file, got ${shown(file, 'file')}; rename it`,
      )
    }
    const lockOf = known.get(file.replace(/^\.(.*)\.lock\.(?:\d+|of-.*)$/, '$1'))
    if (lockOf !== undefined && lockOf.file !== file) {
      problems.push(
        `${owner}.file: expected another name than that of a lock of ${lockOf.owner}.file, got ${shown(file, 'file')}; rename it`,
      )
    }
  }
}

/** Two loggers of one file that differ in an option: the file would have two limits, or two kinds of lines. */
function disagreement(one: NamedFile, other: NamedFile, files: readonly NamedFile[], problems: string[]): void {
  const names = Object.keys({ ...other.how, ...one.how }).filter((name) => one.how[name] !== other.how[name])
  const [name] = names
  if (name === undefined) return
  const requests = files.find(({ owner }) => owner === 'loggers.requests')
  if (names.length === 1 && name === 'format' && requests?.file === one.file && requests.how['format'] === 'json') {
    const { owner, file, how } = one === requests ? other : one
    // The inspector reads the file of `requests` as lines of JSON.
    const expected = `only JSON lines in ${shown(file, 'file')}, the file of requests`
    problems.push(
      `${owner}.file: expected ${expected}, got format ${shown(how['format'], 'format')}; name another file, or write format: 'json'`,
    )
    return
  }
  const got = names.map((own) => `${own} ${shown(one.how[own], own)} and not ${shown(other.how[own], own)}`).join(', ')
  const expected = `the same ${names.join(', ')} as ${other.owner}, which has this file, too`
  problems.push(`${one.owner}.file: expected ${expected}, got ${got} for ${shown(one.file, 'file')}; name another file`)
}

/** As other messages show a value, without its quotes: it is the name of a file or a format. */
function shown(value: unknown, name: string): string {
  return shownValue(value, name).replace(/^"(.*)"$/, '$1')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
