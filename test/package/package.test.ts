// The package as its users get it: packed, installed into an empty project, loaded and compiled against there.
import { spawnSync } from 'node:child_process'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, makeProject, type Project, root } from './project.js'

let project: Project
let installed: string[]

beforeAll(async () => {
  project = await makeProject()
  installed = await readdir(join(project.folder, 'node_modules'))
  await project.install('express', '@types/express', '@types/node')
  // `spoor/nest` loads NestJS.
  await project.install('@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs')
  // `spoor/otel` loads the API of OpenTelemetry.
  await project.install('@opentelemetry/api')
})

afterAll(() => project?.remove())

describe('the tarball', () => {
  test('contains what runs, its types, the file for lnav and the pages that messages name, nothing else', () => {
    const rest = project.tarball.files
      .map(({ path }) => path)
      .filter((path) => !/^dist\/.+\.(js|cjs|d\.ts|d\.cts)$/.test(path) || path.includes('.test.'))
    expect(rest.sort()).toEqual([
      'LICENSE',
      'README.md',
      // Marks the command line as CommonJS, which starts faster.
      'dist/cli/package.json',
      'docs/context.md',
      'docs/outgoing.md',
      'docs/spoor.lnav.json',
      'package.json',
    ])
  })

  test('has files that are as large as scripts/sizes.json says, and not much smaller than their limits', async () => {
    const { stdout } = await exec(process.execPath, ['scripts/pack.mjs'], { cwd: root }).catch((error) => error)
    expect(stdout).toMatch(/^spoor: the package has \d+ bytes, \d+ without the page\n$/)
  })

  test('has one type file for each entry, and few code files', () => {
    const ofEnding = (ending: string) => project.tarball.files.filter(({ path }) => path.endsWith(ending))
    for (const ending of ['.d.ts', '.d.cts'])
      expect(ofEnding(ending).map(({ path }) => path)).toEqual(entries.map((name) => `dist/${name}${ending}`))
    const isOfCommands = ({ path }: { path: string }) => path.startsWith('dist/cli/')
    const modules = ofEnding('.js').filter((file) => !isOfCommands(file))
    expect(modules.map(({ path }) => path)).toEqual(entries.map((name) => `dist/${name}.js`))
    const code = ofEnding('.cjs')
    // Each file is loaded when its code is first used. A service that uses nothing of it saves that time (decision 0124).
    expect(code.length).toBeLessThanOrEqual(40)
    expect(ofEnding('.js').filter(isOfCommands).length).toBeLessThanOrEqual(18)
  })

  test('writes stack traces that scripts/map-stack.mjs leads to lines of the sources', async () => {
    const code = `import { createSpoor } from 'spoor'\ntry { createSpoor({}) } catch (error) { console.log(error.stack) }`
    const input = await project.node('--input-type=module', '--eval', code)
    const stack = spawnSync(process.execPath, ['scripts/map-stack.mjs'], { cwd: root, input, encoding: 'utf8' }).stdout
    const lines = (await readFile(join(root, 'src/spoor.ts'), 'utf8')).split('\n')
    const [, line] = /at createSpoor .*\bsrc\/spoor\.ts:(\d+)/.exec(stack) ?? []
    expect(lines[Number(line) - 1]).toContain('checkOptions')
  })

  // A tool that reads source maps would warn of those that are missing.
  test('names no source maps, which are not in it', async () => {
    for (const { path } of project.tarball.files.filter(({ path }) => /\.c?js$/.test(path)))
      expect(await readFile(join(project.folder, 'node_modules/spoor', path), 'utf8')).not.toContain('sourceMappingURL')
  })

  test('names the functions in a stack trace, and has a line for each statement', async () => {
    const code = `import { createSpoor } from 'spoor'\ntry { createSpoor({}) } catch (error) { console.log(error.stack) }`
    const stack = await project.node('--input-type=module', '--eval', code)
    const [, line] = /at createSpoor .*dist\/core\.cjs:(\d+)/.exec(stack) ?? []
    const lines = (await readFile(join(project.folder, 'node_modules/spoor/dist/core.cjs'), 'utf8')).split('\n')
    expect(lines[Number(line) - 1]?.length).toBeLessThan(1_000)
    expect(stack).toMatch(/at checkOptions /)
  })

  test('keeps the names of functions, methods, classes and arrow functions', async () => {
    const code = await readFile(join(project.folder, 'node_modules/spoor/dist/core.cjs'), 'utf8')
    expect(code.match(/\b(?:function\*? |class )[a-z]\b/g) ?? []).toEqual([])
  })

  test('has the command spoor', async () => {
    const { version } = JSON.parse(await readFile(join(project.folder, 'node_modules/spoor/package.json'), 'utf8'))
    expect(await project.node('node_modules/.bin/spoor', '--version')).toBe(`${version}\n`)
  })

  test('depends on no package, and has the licences of bundled code', async () => {
    expect(installed).toEqual(['.bin', '.package-lock.json', 'spoor'])
    const code = await readFile(join(project.folder, 'node_modules/spoor/dist/core.cjs'), 'utf8')
    expect(code).toMatch(/\/\*! uuid\n.*The MIT License/s)
    const signatures = await readFile(join(project.folder, 'node_modules/spoor/dist/standardwebhooks.cjs'), 'utf8')
    expect(signatures).toMatch(
      /\/\*! standardwebhooks\n.*\/\*! @stablelib\/base64\n.*MIT license.*\/\*! fast-sha256\n/s,
    )
  })
})

const entries = [
  'adapter',
  'bullmq',
  'clickhouse',
  'express',
  'express4',
  'fastify',
  'graphql',
  'hono',
  'index',
  'koa',
  'nest',
  'node',
  'otel',
  'redis',
  'testing',
]

describe('the public surface', () => {
  const exportsOf = {
    spoor: [
      'IdentityError',
      'OptionsError',
      'WriteError',
      'captureConsole',
      'captureDebug',
      'captureWarnings',
      'contextFields',
      'corsHeaders',
      'createSpoor',
      'defineLogs',
      'memoryRecords',
      'rotatingFile',
      'validationErrors',
    ],
    'spoor/adapter': ['adapterOf'],
    'spoor/bullmq': ['bullmqTelemetry'],
    'spoor/clickhouse': ['SchemaError', 'clickhouseLines', 'clickhouseRecords'],
    'spoor/express': ['spoorExpress'],
    'spoor/express4': ['spoorExpress4'],
    'spoor/fastify': ['fastifyOptions', 'spoorFastify'],
    'spoor/graphql': ['spoorGraphql'],
    'spoor/hono': ['spoorHono'],
    'spoor/koa': ['spoorKoa'],
    'spoor/nest': ['InjectSpoor', 'RequestId', 'SpoorLogger', 'SpoorModule'],
    'spoor/node': ['spoorNode'],
    'spoor/otel': ['withOpenTelemetry'],
    'spoor/redis': ['redisRecords'],
    'spoor/testing': ['captureSpoor', 'expectRequest', 'fakeClock', 'secretsStayOut', 'testHandler', 'testRecordStore'],
  }

  test.each(Object.entries(exportsOf))('of %s has exactly the listed exports', async (name, expected) => {
    const code = `console.log(JSON.stringify(Object.keys(await import('${name}')).sort()))`
    expect(JSON.parse(await project.node('--input-type=module', '--eval', code))).toEqual(expected)
  })

  test.each(Object.entries(exportsOf))('of %s can be loaded by require', async (name, expected) => {
    const code = `console.log(JSON.stringify(Object.keys(require('${name}')).filter((key) => key !== '__esModule').sort()))`
    expect(JSON.parse(await project.node('--input-type=commonjs', '--eval', code))).toEqual(expected)
  })

  test("is the bundler's complete list of entries", async () => {
    const built = JSON.parse(await readFile(join(root, 'scripts/entries.json'), 'utf8'))
    expect(Object.keys(built).sort()).toEqual(entries)
  })

  test('does not include internal files', async () => {
    await expect(project.node('--input-type=module', '--eval', `await import('spoor/dist/spoor.js')`)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})

describe('the code that loads first', () => {
  // NestJS loads them itself.
  test.each(entries.filter((name) => name !== 'nest'))(
    'does not include heavy modules of Node for %s',
    async (name) => {
      const code = `
      const before = new Set(process.moduleLoadList)
      await import('${name === 'index' ? 'spoor' : `spoor/${name}`}')
      const loaded = process.moduleLoadList.filter((one) => !before.has(one)).map((one) => one.split(' ').at(-1))
      console.log(JSON.stringify(loaded))`
      const loaded: string[] = JSON.parse(await project.node('--input-type=module', '--eval', code))
      const late = [
        'http',
        'https',
        'http2',
        '_http_server',
        'internal/http2/core',
        'crypto',
        'internal/deps/undici/undici',
      ]
      expect(loaded.filter((one) => late.includes(one))).toEqual([])
    },
  )

  test('does not include node:http if the service made a Spoor without outgoing rules', async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const code = `
      import { createSpoor, defineLogs } from 'spoor'
      createSpoor({ service: 'consumer', logs: defineLogs({ loggers: {}, files: false }) })
      console.log(process.moduleLoadList.includes('NativeModule _http_client'))
      process.exit()`
    // Before 22.12, the calls of node:http are followed by functions in front of its own.
    const isOld = major < 22 || (major === 22 && minor < 12)
    expect(await project.node('--input-type=module', '--eval', code)).toBe(`${isOld}\n`)
  })

  test('does not include code that the service does not use: it works without those files', async () => {
    const dist = join(project.folder, 'node_modules/spoor/dist')
    const needed = ['base', 'core', 'index', 'node', 'totals', 'totals-lines', 'usage']
    const files = (await readdir(dist)).filter((file) => file.endsWith('.cjs') && !needed.includes(file.slice(0, -4)))
    expect(files).toContain('pretty.cjs')
    for (const file of files) await rename(join(dist, file), join(dist, `${file}.away`))
    try {
      await project.write('plain.js', plainService)
      expect(JSON.parse(await project.node('plain.js'))).toEqual({ statuses: [200, 200], lines: 2, warnings: 0 })
    } finally {
      for (const file of files) await rename(join(dist, `${file}.away`), join(dist, file))
    }
  })

  test('answers and logs requests also if the files for totals and CPU cannot be read, with one warning each', async () => {
    const dist = join(project.folder, 'node_modules/spoor/dist')
    const files = ['totals.cjs', 'usage.cjs']
    for (const file of files) await rename(join(dist, file), join(dist, `${file}.away`))
    try {
      await project.write('plain.js', plainService)
      expect(JSON.parse(await project.node('plain.js', 'tracked'))).toEqual({
        statuses: [200, 200],
        lines: 2,
        warnings: 2,
      })
    } finally {
      for (const file of files) await rename(join(dist, `${file}.away`), join(dist, file))
    }
  })

  test('is not loaded by spoor find, which reads without the core', async () => {
    const dist = join(project.folder, 'node_modules/spoor/dist')
    const files = ['core.cjs', 'spoor-inspector.cjs', 'totals.cjs', 'usage.cjs']
    for (const file of files) await rename(join(dist, file), join(dist, `${file}.away`))
    try {
      await project.write('requests.jsonl', '')
      const id = '019aa000-0000-7000-8000-000000000000'
      const found = project.node('node_modules/.bin/spoor', 'find', id, '--quick', '--dir', project.folder)
      await expect(found).rejects.toMatchObject({
        code: 1,
        stderr: '',
        stdout: expect.stringContaining('No line of this id'),
      })
    } finally {
      for (const file of files) await rename(join(dist, `${file}.away`), join(dist, file))
    }
  })

  test('does not include the inspector: a service works without its file until the first request to it', async () => {
    const dist = join(project.folder, 'node_modules/spoor/dist')
    await rename(join(dist, 'spoor-inspector.cjs'), join(dist, 'away.cjs'))
    try {
      await project.write('late.js', inspectedService)
      expect(JSON.parse(await project.node('late.js'))).toEqual([200, 500, 200])
    } finally {
      await rename(join(dist, 'away.cjs'), join(dist, 'spoor-inspector.cjs'))
    }
  })
})

describe('a service that uses it', () => {
  const id = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/m

  test('runs as an ES module', async () => {
    await project.write('service.js', runningService)
    expect(await project.node('service.js')).toMatch(id)
  })

  // Node 22 before 22.12 cannot load an ES module by `require`.
  test('runs as CommonJS, also where require loads no ES module', async () => {
    await project.write('service.cjs', runningService.replace(/^import (.*) from ('.*')$/gm, 'const $1 = require($2)'))
    const old = process.allowedNodeEnvironmentFlags.has('--no-experimental-require-module')
    expect(await project.node(...(old ? ['--no-experimental-require-module'] : []), 'service.cjs')).toMatch(id)
  })

  test('has one copy of Spoor, if a part of it is CommonJS', async () => {
    const code = `
      import { createRequire } from 'node:module'
      import * as imported from 'spoor'
      const required = createRequire(import.meta.url)('spoor')
      console.log(Object.keys(required).every((name) => required[name] === imported[name]))`
    await project.write('both.mjs', code)
    expect(await project.node('both.mjs')).toBe('true\n')
  })

  test.each([
    { module: 'nodenext', file: 'consumer.ts' },
    { module: 'nodenext', file: 'consumer.cts' },
    { module: 'node16', file: 'consumer.ts' },
    { module: 'node16', file: 'consumer.cts' },
    { module: 'preserve', file: 'consumer.ts' }, // what bundlers take
  ])('compiles, as $file with module $module', async ({ module, file }) => {
    await project.write(file, typedService)
    await compile(file, '--module', module)
  })

  test('compiles with TypeScript 5, in the mode that knows no exports of package.json', async () => {
    await project.write('consumer.ts', typedService)
    const old = ['--module', 'commonjs', '--moduleResolution', 'node10', '--esModuleInterop']
    await compileBy('@arethetypeswrong/core/node_modules/typescript', 'consumer.ts', ...old)
  })

  test('sees declarations without mistakes, in CommonJS and for ES modules', async () => {
    const files = entries.flatMap((name) => [`dist/${name}.d.cts`, `dist/${name}.d.ts`])
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--types', 'node', '--module', 'node16', ...files]
    // Those of other packages have mistakes.
    const { stdout = '' } = await exec(process.execPath, [tsc, ...options], { cwd: root }).catch((error) => error)
    expect(String(stdout).match(/^dist\/.*$/gm) ?? []).toEqual([])
  })
})

/** Without skipLibCheck, so that our declarations are checked like the user's own code. */
function compile(file: string, ...options: string[]): Promise<void> {
  return compileBy('typescript', file, ...options)
}

async function compileBy(compiler: string, file: string, ...own: string[]): Promise<void> {
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', ...own, file]
  const { stdout } = await exec(process.execPath, [tsc, ...options], { cwd: project.folder }).catch((error) => error)
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

const inspectedService = `
import { createServer } from 'node:http'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'

const silent = { console: false }
const logs = defineLogs({ loggers: { requests: silent }, root: silent, files: false })
const spoor = createSpoor({ service: 'consumer', logs, inspector: { authorize: () => 'all' } })
const server = createServer(spoorNode(spoor, { handler: (req, res) => res.end('hello'), inspector: '/_spoor' }))
server.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port
  const statuses = []
  for (const path of ['/', '/_spoor/api/health', '/']) statuses.push((await fetch(url + path)).status)
  console.log(JSON.stringify(statuses))
  process.exit()
})
`

/** Two requests of a user who may be measured. With the argument `tracked`, the second asks for it. */
const plainService = `
import { createServer, get } from 'node:http'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'

const [lines, warnings] = [[], []]
const into = (list) => ({ write: (text) => void list.push(...String(text).trim().split('\\n')), flush() {}, close() {} })
const logs = defineLogs({
  files: false,
  root: { console: false, handlers: [into(warnings)] },
  loggers: { requests: { console: false, handlers: [into(lines)] } },
})
const spoor = createSpoor({ service: 'consumer', logs })
const account = () => ({ account: 'acme', user: 'ann', roles: ['admin'] })
const server = createServer(spoorNode(spoor, { handler: (req, res) => res.end('hello'), account }))
const ask = (port, headers) =>
  new Promise((resolve) => get({ port, headers }, (response) => response.resume().on('end', () => resolve(response.statusCode))))
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const statuses = [await ask(port, {}), await ask(port, process.argv[2] === 'tracked' ? { 'X-Debug-Resource-Tracking': 'true' } : {})]
  await spoor.close()
  console.log(JSON.stringify({ statuses, lines: lines.length, warnings: warnings.length }))
  process.exit()
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
