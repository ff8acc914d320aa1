import { close, constants, fstat, open, read, type Stats } from 'node:fs'
import { promisify } from 'node:util'
import type { ListedFile } from './log-groups.js'

/** A log file, open for reading. */
export interface OpenFile {
  readonly listed: ListedFile
  /** Reads up to `length` bytes at `position` to the place `at` of `buffer`. @returns the number of bytes, 0 at the end */
  read(buffer: Buffer, at: number, length: number, position: number): Promise<number>
  close(): Promise<void>
}

const closeFile = promisify(close)
const statOf = promisify(fstat) as (descriptor: number) => Promise<Stats>
const openFile = promisify(open) as (path: string, flags: number) => Promise<number>
// A rotation renames each file to the next number. More rotations than this within one search are not expected.
const maxRotations = 20

/**
 * Opens a listed file, also if a rotation has renamed it since.
 *
 * @returns undefined if the file is gone or not readable
 */
export async function openListed(listed: ListedFile): Promise<OpenFile | undefined> {
  let path: string | undefined = listed.path
  for (let rotations = 0; rotations <= maxRotations && path !== undefined; rotations++) {
    const descriptor = await openIf(path, listed.identity)
    if (descriptor !== undefined) return opened(listed, descriptor)
    path = nextNumber(path)
  }
  return undefined
}

function opened(listed: ListedFile, descriptor: number): OpenFile {
  return {
    listed,
    read: (buffer, at, length, position) =>
      new Promise((resolve, reject) => {
        read(descriptor, buffer, at, length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)))
      }),
    close: () => closeFile(descriptor),
  }
}

async function openIf(path: string, identity: string): Promise<number | undefined> {
  // O_NONBLOCK: opening a pipe without a writer would wait forever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const descriptor = await openFile(path, flags).catch(() => undefined)
  if (descriptor === undefined) return undefined
  const stats = await statOf(descriptor)
  if (stats.isFile() && `${stats.dev}:${stats.ino}` === identity) return descriptor
  await closeFile(descriptor)
  return undefined
}

function nextNumber(path: string): string {
  const [, before = path, number = '0'] = /^(.*?)(?:\.(\d{1,4}))?$/s.exec(path) ?? []
  return `${before}.${Number(number) + 1}`
}
