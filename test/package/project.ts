// A project of a user, with the package as npm packs it.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))
export const exec = promisify(execFile)
export const quiet: readonly string[] = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

/** What `npm pack` says of the tarball. */
export interface Tarball {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

export interface Project {
  readonly folder: string
  readonly tarball: Tarball
  /** Installs packages as our lock file has them (`express`), in a version of their own (`jest@30.5.2`), or from a path. */
  install(...packages: string[]): Promise<void>
  write(file: string, text: string): Promise<string>
  /** Runs Node in the project and gives its output. */
  node(...args: string[]): Promise<string>
  remove(): Promise<void>
}

/** Packs the package, and installs it into an empty project. */
export async function makeProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'spoor-package-'))
  await exec(process.execPath, ['scripts/build.mjs'], { cwd: root })
  const packed = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  const tarball = onlyTarball(packed.stdout)
  const project: Project = {
    folder,
    tarball,
    install: async (...packages) => {
      const specs = await Promise.all(packages.map((one) => (/^[./]|.@/.test(one) ? one : asLocked(one))))
      await exec('npm', ['install', '--ignore-scripts', '--install-links', ...quiet, ...specs], { cwd: folder })
    },
    write: async (file, text) => {
      await writeFile(join(folder, file), text)
      return join(folder, file)
    },
    node: async (...args) => {
      const { stdout } = await exec(process.execPath, args, { cwd: folder, timeout: 60_000 })
      return stdout
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  await project.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await project.install(`./${tarball.filename}`)
  return project
}

/** `name@version` as our lock file has it: npm has that one in its cache. */
async function asLocked(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

/** npm 11 answers with a list, newer ones with an object by package name. */
function onlyTarball(json: string): Tarball {
  const [first] = Object.values(JSON.parse(json) as Record<string, Tarball>)
  if (!first) throw new Error(`npm pack made no tarball: ${json}`)
  return first
}
