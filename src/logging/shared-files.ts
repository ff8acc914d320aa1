import { defaultRotation } from './handlers/rotation.js'
import { defaultFlush, type LoggerOptions, requestsDefaults } from './logger-options.js'
import type { LogsOptions } from './logs-options.js'

interface NamedFile {
  /** The path of the option that names the file: `loggers.a`. */
  readonly owner: string
  readonly file: string
  /** The options on which loggers of the same file must agree. */
  readonly how: string
  readonly format: string
}

/** Every file in these options, with those of `requests` and of the root. */
function filesOf(options: Partial<LogsOptions<string>>): NamedFile[] {
  const loggers: Readonly<Record<string, LoggerOptions>> = isObject(options.loggers) ? options.loggers : {}
  const { requests, ...domains } = loggers
  const all: [string, LoggerOptions | undefined][] = [
    ['root', options.root],
    ...Object.entries(domains).map(([name, own]): [string, LoggerOptions] => [`loggers.${name}`, own]),
    ['loggers.requests', { ...requestsDefaults, ...requests }],
  ]
  return all.flatMap(([owner, own]) => {
    const { file, flush = defaultFlush, format = 'text', rotation }: LoggerOptions = isObject(own) ? own : {}
    const { maxBytes, backups } = { ...defaultRotation, ...options.rotation, ...rotation }
    const how = [flush, maxBytes, backups].map(String).join()
    return typeof file === 'string' ? [{ owner, file, how, format }] : []
  })
}

/**
 * Adds a mistake for each file that loggers share although they do not agree about it, and for each file that has the name
 * of a backup or lock of another file.
 */
export function separateFiles(value: unknown, _path: string, problems: string[]): void {
  const known = new Map<string, NamedFile>()
  const files = isObject(value) ? filesOf(value) : []
  for (const one of files) {
    const other = known.get(one.file)
    if (other === undefined) known.set(one.file, one)
    else if (other.how !== one.how) {
      const expected = `the same flush and rotation as ${other.owner}, which has this file, too`
      problems.push(`${one.owner}.file: expected ${expected}, got others for ${one.file}; name another file`)
    }
  }
  onlyJson(files, problems)
  for (const { owner, file } of known.values()) {
    const backupOf = known.get(file.replace(/\.\d+$/, ''))
    if (/\.\d+$/.test(file) && backupOf !== undefined) {
      problems.push(
        `${owner}.file: expected another name than that of a backup of ${backupOf.owner}.file, got ${file}; rename it`,
      )
    }
    const lockOf = known.get(file.replace(/^\.(.*)\.lock\.(?:\d+|of-.*)$/, '$1'))
    if (lockOf !== undefined && lockOf.file !== file) {
      problems.push(
        `${owner}.file: expected another name than that of a lock of ${lockOf.owner}.file, got ${file}; rename it`,
      )
    }
  }
}

// The inspector reads the file of `requests` as lines of JSON.
function onlyJson(files: readonly NamedFile[], problems: string[]): void {
  const requests = files.find(({ owner }) => owner === 'loggers.requests')
  if (requests?.format !== 'json') return
  for (const { owner, file, how, format } of files) {
    // One mistake is enough for one file.
    if (file !== requests.file || how !== requests.how || format === 'json') continue
    const fix = owner === 'root' ? 'name another file' : "name another file, or write format: 'json'"
    problems.push(
      `${owner}.file: expected only JSON lines in ${file}, the file of requests, got format ${format}; ${fix}`,
    )
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
