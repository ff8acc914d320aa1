import { readFileSync } from 'node:fs'

/**
 * The version of a package whose code reads a property now: for getters that are called when a framework mounts a handler.
 *
 * @param line the reader's line of the stack
 * @param file finds the package's folder in the reader's line, if the reader is that package; a file of the service may have the same
 * name, so the package.json of the folder is read
 * @returns undefined if another program reads, and in a bundle
 */
export function versionOfReader(line: string, file: RegExp, name: string): string | undefined {
  const folder = file.exec(line)?.[1]?.replace(/^\s*at (?:async )?/, '')
  try {
    const about = folder && JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
    return about?.name === name && typeof about.version === 'string' ? about.version : undefined
  } catch {
    return undefined
  }
}
