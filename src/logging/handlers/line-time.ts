import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { parseLine } from '../parser.js'

// Most lines fit into the first window. A longer line is read with the second.
const windows = [4 * 1024, 128 * 1024]
const isoTime = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]{0,16})/
// A date of ISO 8601, or in words with a year and a clock time.
const dateText = /^\d{4}-\d\d-\d\d|\b\d{4}\b.{0,40}\d:\d\d/
// Members that hold the time in lines of pino, winston, ECS and others.
const timeMembers = ['time', '@timestamp', 'timestamp', 'ts', 'date']

/**
 * Returns when the last line of a file was written, in ms since the epoch: the time inside the line, or, if the line has no time,
 * the time of the file's last change. Reads only the last bytes of the file.
 *
 * @returns undefined if there is no regular file
 */
export function lastLineTime(path: string): number | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return undefined
    return timeAtEnd(fd, stats.size) ?? stats.mtimeMs
  } finally {
    closeSync(fd)
  }
}

function timeAtEnd(fd: number, size: number): number | undefined {
  for (const window of windows) {
    const bytes = Buffer.alloc(Math.min(window, size))
    const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length)).trimEnd()
    const start = text.lastIndexOf('\n') + 1
    if (start > 0 || bytes.length === size) return timeOf(text.slice(start))
  }
  return undefined
}

/** The time in a line, in any format of Spoor or a common format of other loggers. Undefined if the line has no time. */
function timeOf(line: string): number | undefined {
  return parseLine(line)?.time ?? (line.startsWith('{') ? timeInJson(line) : timeAtStart(line))
}

function timeInJson(line: string): number | undefined {
  try {
    const members = JSON.parse(line) as Record<string, unknown>
    for (const name of timeMembers) {
      const value = Object.hasOwn(members, name) ? members[name] : undefined
      const time = typeof value === 'number' ? value : typeof value === 'string' ? timeInText(value) : Number.NaN
      if (isPlausible(time)) return time
    }
  } catch {}
  return undefined
}

// Date.parse reads almost any text: '12', a duration, is a day of 2001.
function timeInText(text: string): number {
  return dateText.test(text) ? Date.parse(text) : Number.NaN
}

function timeAtStart(line: string): number | undefined {
  const time = Date.parse(isoTime.exec(line)?.[1] ?? '')
  return Number.isNaN(time) ? undefined : time
}

// A counter or a number of seconds would count as a time in 1970, and the file as old.
function isPlausible(time: number): boolean {
  return time > Date.UTC(2000, 0)
}
