import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

type Copied = typeof import('../../src/usage/usage.js')

/** Loads what measures once more, as a dependency with a copy of its own would: other modules, the same process. */
export async function loadUsageCopy(): Promise<Copied & { remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-copy-'))
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const url = pathToFileURL(join(folder, 'src/usage/usage.ts')).href
  const copy = (await import(/* @vite-ignore */ url)) as Copied
  return { ...copy, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
