import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a second copy of the package exports, as a dependency would bring it. */
export interface PackageCopy {
  readonly core: typeof import('spoor')
  readonly express: typeof import('spoor/express')
  readonly node: typeof import('spoor/node')
  readonly testing: typeof import('spoor/testing')
  remove(): void
}

/** Loads the package once more, from a folder of its own: other modules, other classes, the same process. */
export async function loadCopy(): Promise<PackageCopy> {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-copy-'))
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const load = (file: string): Promise<unknown> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, 'src', file)).href)
  return {
    core: (await load('index.ts')) as PackageCopy['core'],
    express: (await load('adapters/express/express.ts')) as PackageCopy['express'],
    node: (await load('adapters/node/node.ts')) as PackageCopy['node'],
    testing: (await load('testing/testing.ts')) as PackageCopy['testing'],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
