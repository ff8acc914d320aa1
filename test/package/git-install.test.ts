// An install from git: npm clones the repository, installs its development dependencies, and runs `prepare`.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, quiet, root } from './project.js'

let folder: string
let clone: string
const built = (at: string) => existsSync(join(at, 'dist/index.js'))

describe.skipIf(!existsSync(join(root, '.git')))('a clone', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spoor-git-'))
    clone = join(folder, 'clone')
    await exec('git', ['clone', '--quiet', root, clone])
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is built when it is installed from git', { timeout: 300_000 }, async () => {
    const project = join(folder, 'project')
    await mkdir(project)
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
    await exec('npm', ['install', ...quiet, `git+${pathToFileURL(clone).href}`], { cwd: project })
    const code = `Promise.all(['spoor', 'spoor/adapter', 'spoor/express', 'spoor/fastify', 'spoor/node', 'spoor/bullmq'].map((name) => import(name)))
      .then((all) => console.log(all.map((one) => Object.keys(one).length > 0).join()))`
    const { stdout } = await exec(process.execPath, ['--eval', code], { cwd: project })
    expect(stdout).toBe('true,true,true,true,true\n')
    expect(existsSync(join(project, 'node_modules/spoor/dist/index.d.ts'))).toBe(true)
  })

  test('installs for production without the compilers, and reports that it is not built', async () => {
    const { stderr } = await exec('npm', ['ci', '--omit=dev', '--foreground-scripts', ...quiet], { cwd: clone })
    expect(stderr).toContain('dist/ is not built')
    expect(built(clone)).toBe(false)
  })

  test('is built once by npm ci', { timeout: 300_000 }, async () => {
    const { stderr } = await exec('npm', ['ci', '--foreground-scripts', ...quiet], { cwd: clone })
    expect(stderr.match(/building the package/g)).toHaveLength(1)
    expect(built(clone)).toBe(true)
    const again = await exec('npm', ['run', 'prepare'], { cwd: clone })
    expect(again.stderr).not.toContain('building')
  })
})
