// The package as its users get it: packed, installed into an empty project, loaded and compiled against there.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const exec = promisify(execFile)

/** What `npm pack` says of the tarball. */
interface Tarball {
  filename: string
  unpackedSize: number
  files: { path: string }[]
}

let project: string
let tarball: Tarball

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'spoor-package-'))
  await exec(process.execPath, ['scripts/build.mjs'], { cwd: root })
  const packed = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: root })
  tarball = onlyTarball(packed.stdout)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const packages = await Promise.all(['express', '@types/express', '@types/node'].map(asLocked))
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await exec('npm', ['install', ...options, `./${tarball.filename}`, ...packages], { cwd: project })
})

afterAll(() => rm(project, { recursive: true, force: true }))

describe('the tarball', () => {
  test('holds what runs, and what one reads before, nothing else', () => {
    const rest = tarball.files
      .map(({ path }) => path)
      .filter((path) => !/^dist\/.+\.(js|js\.map|d\.ts)$/.test(path) || path.includes('.test.'))
    expect(rest.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  })

  test('stays small', () => {
    expect(tarball.unpackedSize).toBeLessThan(640_000)
  })

  test('brings lru-cache and uuid and nothing else along', async () => {
    const { dependencies } = JSON.parse(await readFile(join(project, 'node_modules/spoor/package.json'), 'utf8'))
    expect(Object.keys(dependencies)).toEqual(['lru-cache', 'uuid'])
  })
})

describe('the public surface', () => {
  const exportsOf = {
    spoor: ['IdentityError', 'OptionsError', 'WriteError', 'corsHeaders', 'createSpoor', 'defineLogs', 'memoryRecords'],
    'spoor/bullmq': ['bullmqTelemetry'],
    'spoor/express': ['spoorExpress'],
    'spoor/node': ['spoorNode'],
  }

  test.each(Object.entries(exportsOf))('of %s is what is listed here', async (name, expected) => {
    const code = `console.log(JSON.stringify(Object.keys(await import('${name}')).sort()))`
    expect(JSON.parse(await node('--input-type=module', '--eval', code))).toEqual(expected)
  })

  // Fails as soon as one module awaits at its top level.
  test.each(Object.entries(exportsOf))('of %s can be had by require', async (name, expected) => {
    const code = `console.log(JSON.stringify(Object.keys(require('${name}')).filter((key) => key !== '__esModule').sort()))`
    expect(JSON.parse(await node('--input-type=commonjs', '--eval', code))).toEqual(expected)
  })

  test('ends there: no file of the inside can be imported', async () => {
    await expect(node('--input-type=module', '--eval', `await import('spoor/dist/spoor.js')`)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})

describe('a service that uses it', () => {
  test('runs', async () => {
    await writeFile(join(project, 'service.js'), runningService)
    expect(await node('service.js')).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/m)
  })

  test.each([
    { module: 'nodenext', file: 'consumer.ts' },
    { module: 'nodenext', file: 'consumer.cts' },
    { module: 'preserve', file: 'consumer.ts' }, // what bundlers take
  ])('compiles, as $file with module $module', async ({ module, file }) => {
    await writeFile(join(project, file), typedService)
    await compile(file, module)
  })
})

/** Without skipLibCheck, so that our declarations are checked like the user's own code. */
async function compile(file: string, module: string): Promise<void> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--types', 'node', '--module', module, file]
  const { stdout } = await exec(process.execPath, [tsc, ...options], { cwd: project }).catch((error) => error)
  expect(stdout).toBe('')
}

const runningService = `
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'

const logs = defineLogs({ loggers: {}, files: false })
const spoor = createSpoor({ service: 'consumer', logs })
const s = spoorExpress(spoor)
const app = express().use(s).get('/', (req, res) => res.send('hello')).use(s.errors)
const server = app.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port)
  console.log(response.headers.get('x-request-id'))
  server.close()
  await spoor.close()
  await logs.close()
})
`

const typedService = `
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'

const logs = defineLogs({ loggers: { publish_sync: { file: 'publish_sync.log' } } })
logs.get('publish_sync').info({ postId: 1 }, 'published')
// @ts-expect-error: no such logger
logs.get('publish_snyc')

const spoor = createSpoor({ service: 'consumer', logs })
const s = spoorExpress(spoor, { account: (req) => ({ account: req.get('x-account') ?? 'acme', roles: ['admin'] }) })
express().use(s).use(s.errors)
`

/** Runs Node in the consumer's project and gives its output. */
async function node(...args: string[]): Promise<string> {
  const { stdout } = await exec(process.execPath, args, { cwd: project, timeout: 30_000 })
  return stdout
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
