// Compiles the TypeScript blocks of the documentation as a user would, against the types of the package.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

// What snippets take for granted: the service around them.
const service = `
import type { Express, RequestHandler } from 'express'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Identity, Logs, Spoor } from 'spoor'
import type { SpoorExpress } from 'spoor/express'

declare global {
  const app: Express
  const s: SpoorExpress
  const spoor: Spoor
  const logs: Logs<'billing' | 'app'>
  const server: Server
  const account: (request: { headers: Record<string, unknown> }) => Identity | undefined
  const accountOf: (authorization: string | undefined) => Identity | undefined
  const handler: (request: IncomingMessage, response: ServerResponse) => void
  const listPosts: RequestHandler
  const createServer: typeof import('node:http').createServer
  const createSpoor: typeof import('spoor').createSpoor
  const defineLogs: typeof import('spoor').defineLogs
  const spoorNode: typeof import('spoor/node').spoorNode
  const spoorExpress: typeof import('spoor/express').spoorExpress
  class HTTPError extends Error {}
  class QuotaError extends Error {}
}
`

// Packages that snippets import and this project does not have.
const packages = `
declare module 'pino'
declare module 'axios'
declare module '@sentry/node'
`

const files: Readonly<Record<string, string>> = {
  'service.d.ts': service,
  'packages.d.ts': packages,
  'spoor.ts': `export declare const spoor: import('spoor').Spoor\n`,
  // The client that `prisma generate` writes into the service.
  'generated/prisma/client.ts': `export declare class PrismaClient { constructor(options: { adapter: object }) }\n`,
  'config.ts': `export declare class ConfigService { get(name: string): string | undefined }\n`,
  'logs.ts': `export declare const logs: import('spoor').Logs<'billing' | 'app'>\n`,
}

/**
 * Compiles each of `sources` as a module of its own.
 *
 * @param sources code by a name that may stand in a file's name
 * @returns what the compiler finds wrong, as `name(line,column): error …`
 */
export function compileErrors(sources: Readonly<Record<string, string>>): string[] {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  // Inside the project, where packages resolve.
  const folder = mkdtempSync(join(cache, 'spoor-docs-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    for (const [name, code] of Object.entries(sources)) writeFileSync(join(folder, `${name}.ts`), `${code}export {}\n`)
    const compilerOptions = {
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitAny: false,
      allowUnusedLabels: true,
      // As services on NestJS have them.
      experimentalDecorators: true,
      erasableSyntaxOnly: false,
    }
    const include = [...Object.keys(files), ...Object.keys(sources).map((name) => `${name}.ts`)]
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include, exclude: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (error !== undefined) throw error
    // Not those of the package's sources, which these options were not meant for.
    return stdout.split('\n').filter((line) => /^\w+\.ts\(/.test(line))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
