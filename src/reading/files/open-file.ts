import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import type { ListedFile } from './log-groups.js'

/** A log file, open for reading. */
export interface OpenFile {
  readonly listed: ListedFile
  readonly descriptor: number
  /** Reads up to `length` bytes at `position` to the place `at` of `buffer`. @returns the number of bytes, 0 at the end */
  read(buffer: Buffer, at: number, length: number, position: number): number | Promise<number>
  close(): void
}

/**
 * How files are read: `blocking` in a program of its own, where it takes half the time; `async` in a service, whose event loop
 * must go on.
 */
export type ReadingMode = 'blocking' | 'async'

// A rotation renames each file to the next number. More rotations than this within one search are not expected.
const maxRotations = 20

/**
 * Opens a listed file, also if a rotation has renamed it since.
 *
 * @returns undefined if the file is gone or not readable
 */
export function openListed(listed: ListedFile, mode: ReadingMode): OpenFile | undefined {
  let path = listed.path
  for (let rotations = 0; rotations <= maxRotations; rotations++) {
    const descriptor = openIf(path, listed.identity)
    if (descriptor !== undefined) {
      const readFile = mode === 'blocking' ? readNow(descriptor) : readLater(descriptor)
      return { listed, descriptor, read: readFile, close: () => closeSync(descriptor) }
    }
    path = nextNumber(path)
  }
  return undefined
}

function readNow(descriptor: number): OpenFile['read'] {
  return (buffer, at, length, position) => readSync(descriptor, buffer, at, length, position)
}

function readLater(descriptor: number): OpenFile['read'] {
  return (buffer, at, length, position) =>
    new Promise((resolve, reject) => {
      read(descriptor, buffer, at, length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)))
    })
}

function openIf(path: string, identity: string): number | undefined {
  let descriptor: number | undefined
  try {
    // O_NONBLOCK: opening a pipe without a writer would wait forever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(descriptor)
    if (stats.isFile() && `${stats.dev}:${stats.ino}` === identity) return descriptor
  } catch {
    // The file is gone, a link, or not readable.
  }
  if (descriptor !== undefined) closeSync(descriptor)
  return undefined
}

function nextNumber(path: string): string {
  const [, before = path, number = '0'] = /^(.*?)(?:\.(\d{1,4}))?$/s.exec(path) ?? []
  return `${before}.${Number(number) + 1}`
}
