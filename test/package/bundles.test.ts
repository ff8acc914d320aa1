// A service with every option on works when it is bundled, Spoor and all: by each bundler that people take for services.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build as esbuild, transform } from 'esbuild'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import webpack from 'webpack'
import { everyOption } from './every-option.js'
import { makeProject, type Project } from './project.js'

let project: Project
let entry: string
let version: string

beforeAll(async () => {
  project = await makeProject()
  entry = await project.write('service.js', everyOption)
  version = JSON.parse(await readFile(join(project.folder, 'node_modules/spoor/package.json'), 'utf8')).version
})

afterAll(() => project?.remove())

describe('a service with every option on', () => {
  test('has its lines, its record and its call unbundled', async () => {
    expect(await run('service.js', 'as-it-is')).toEqual(everything())
  })

  test.each([
    { format: 'esm', file: 'esbuild.mjs', minify: false },
    { format: 'cjs', file: 'esbuild.cjs', minify: false },
    { format: 'cjs', file: 'esbuild-small.cjs', minify: true },
  ] as const)('finds them bundled by esbuild, as $file', async ({ format, file, minify }) => {
    const outfile = join(project.folder, file)
    await esbuild({ entryPoints: [entry], bundle: true, platform: 'node', format, minify, outfile, logLevel: 'silent' })
    expect(await run(file, file)).toEqual(everything())
  })

  test('has them bundled by esbuild into chunks', async () => {
    const outdir = join(project.folder, 'chunks')
    const options = { bundle: true, platform: 'node', format: 'esm', splitting: true, logLevel: 'silent' } as const
    await esbuild({ entryPoints: [entry], outdir, ...options })
    expect(await run('chunks/service.js', 'chunks')).toEqual(everything())
  })

  test('has them bundled by webpack', async () => {
    const output = { path: join(project.folder, 'webpack'), filename: 'service.cjs', chunkFilename: '[id].cjs' }
    const compiler = webpack({ mode: 'production', target: 'node20', context: project.folder, entry, output })
    const errors = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats?.toJson().errors))),
    )
    expect(errors).toEqual([])
    expect(await run('webpack/service.cjs', 'webpack')).toEqual(everything())
  })

  test('has them bundled by Vite for the server', async () => {
    const [root, outDir] = [project.folder, join(project.folder, 'vite')]
    await vite({
      root,
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true },
      build: { ssr: entry, outDir, rollupOptions: { output: { entryFileNames: 'service.mjs' } } },
    })
    expect(await run('vite/service.mjs', 'vite')).toEqual(everything())
  })

  // So does Babel, file by file: an import becomes a require.
  test('has them when each file is compiled to CommonJS separately', async () => {
    const installed = join(project.folder, 'node_modules/spoor')
    const made = 'commonjs/node_modules/spoor'
    await mkdir(join(project.folder, made, 'dist'), { recursive: true })
    for (const file of (await readdir(join(installed, 'dist'))).filter((file) => /\.c?js$/.test(file))) {
      await project.write(`${made}/dist/${file}`, await asCommonJs(join(installed, 'dist', file)))
    }
    const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
    await project.write(`${made}/package.json`, JSON.stringify({ name: 'spoor', exports, type: 'commonjs' }))
    await project.write('commonjs/service.cjs', await asCommonJs(entry))
    expect(await run('commonjs/service.cjs', 'commonjs')).toEqual(everything())
  })
})

const everything = () => ({
  body: 'hello',
  alerts: [true],
  called: [true],
  requestLines: 1,
  mailLines: [expect.stringMatching(/^GET .* 200/), 'mail sent'],
  record: 'memory',
  outgoing: 1,
  version,
  page: [200, true],
  adapters: ['function', 'object'],
})

async function asCommonJs(file: string): Promise<string> {
  const supported = { 'dynamic-import': false, 'import-meta': false }
  const options = { format: 'cjs', platform: 'node', target: 'node20', supported } as const
  const { code, warnings } = await transform(await readFile(file, 'utf8'), options)
  expect(warnings).toEqual([])
  return code
}

/** Runs the service with log files of its own. */
async function run(file: string, name: string): Promise<unknown> {
  return JSON.parse(await project.node(file, join(project.folder, `logs-${name}`)))
}
