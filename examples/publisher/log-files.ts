import { isAbsolute, relative, resolve, sep } from 'node:path'

/**
 * Returns the files in a directory as arguments of `grep <id>`: relative to the working directory if they lie
 * below it, in quotes if a shell needs them.
 *
 *     logFilesIn('logs/publish-sync-logs') // logs/publish-sync-logs/*
 *     logFilesIn('/var/log/our shop') // '/var/log/our shop'/*
 */
export function logFilesIn(directory: string, workingDirectory: string = process.cwd()): string {
  const absolute = resolve(workingDirectory, directory)
  const below = relative(workingDirectory, absolute) || '.'
  const isBelow = !isAbsolute(below) && below !== '..' && !below.startsWith(`..${sep}`)
  return `${quoted(isBelow ? below : absolute)}/*`
}

function quoted(path: string): string {
  return /^[\w/.][\w/.,:@+-]*$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
