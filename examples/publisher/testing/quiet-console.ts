// Keeps the console lines of a service that runs in the process of a test out of the test report. They go to file
// descriptor 1 directly, where Vitest cannot capture them. Output of the test itself is shown.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { writeSync } = fs

function writeSyncQuietly(fd: number, ...args: [lines: Buffer, offset?: number]): number {
  const [lines, offset = 0] = args
  return fd === 1 ? lines.length - offset : writeSync(fd, ...args)
}

fs.writeSync = writeSyncQuietly as typeof writeSync
syncBuiltinESMExports()
