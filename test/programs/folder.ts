import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder for one test, removed after it; a test that runs beside others says which one it is by its hook. */
export function temporaryFolder(onFinished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-test-'))
  onFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The lines of a file, without the last newline; none if it is not there. */
export function linesOf(...path: string[]): string[] {
  try {
    return readFileSync(join(...path), 'utf8')
      .split('\n')
      .slice(0, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
