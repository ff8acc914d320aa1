// Small file systems of their own, which tests fill, make read-only and take away.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Whether this user may mount: root, where the container allows it. */
export const mayMount: boolean = triedToMount()

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'spoor-disk-'))
}

function triedToMount(): boolean {
  const folder = newFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

/** Mounts an empty file system for one test, in a new folder or over one there is. */
export function smallDisk(kilobytes: number, folder?: string): string {
  const place = folder ?? newFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', place])
  onTestFinished(() => {
    // The program of a test that failed may still have files open there.
    execFileSync('umount', ['-l', place])
    if (folder === undefined) rmdirSync(place)
  })
  return place
}

export function remount(folder: string, how: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${how}`, folder])
}
