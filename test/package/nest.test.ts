// The built package in services on NestJS 11 (CommonJS) and 12 (ES modules): both load it with import and with require.
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, makeProject, type Project, root } from './project.js'

let project: Project

beforeAll(async () => {
  project = await makeProject()
  const modules = join(project.folder, 'node_modules')
  for (const [version, from] of Object.entries({ 11: root, 12: join(root, 'test/nest12') })) {
    const folder = join(project.folder, `nest${version}`)
    // A copy of Spoor each: it loads the NestJS beside itself.
    await mkdir(join(folder, 'node_modules'), { recursive: true })
    await symlink(join(from, 'node_modules/@nestjs'), join(folder, 'node_modules/@nestjs'))
    for (const name of ['reflect-metadata', 'rxjs']) {
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    await cp(join(modules, 'spoor'), join(folder, 'node_modules/spoor'), { recursive: true })
    const spoor = `import { createSpoor, defineLogs } from 'spoor'\nimport { SpoorLogger, SpoorModule } from 'spoor/nest'\n`
    await project.write(`nest${version}/package.json`, JSON.stringify({ private: true, type: 'module' }))
    await project.write(`nest${version}/service.mjs`, nest + spoor + service)
    await project.write(`nest${version}/spoor-first.mjs`, spoor + nest + service)
    await project.write(`nest${version}/service.cjs`, required(nest + spoor) + service)
  }
})

afterAll(() => project?.remove())

const nest = `import 'reflect-metadata'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
`

function required(imports: string): string {
  return imports
    .replace(/^import ('.*')$/gm, 'require($1)')
    .replace(/^import (.*) from ('.*')$/gm, 'const $1 = require($2)')
}

const service = `
async function main() {
  const logs = defineLogs({ loggers: { requests: { console: false } }, files: false, root: { console: false } })
  const spoor = createSpoor({ service: 'shop', logs })
  class Ids { id() { return { id: spoor.context().requestId } } }
  Get('id')(Ids.prototype, 'id', Object.getOwnPropertyDescriptor(Ids.prototype, 'id'))
  Controller()(Ids)
  class Root {}
  Module({ imports: [SpoorModule.forRoot({ spoor })], controllers: [Ids] })(Root)
  const app = await NestFactory.create(Root, { logger: new SpoorLogger(logs.root) })
  await app.listen(0, '127.0.0.1')
  const ask = async (path) => {
    const answer = await fetch(await app.getUrl() + path, { headers: { connection: 'close' } })
    return { id: answer.headers.get('x-request-id'), body: await answer.json() }
  }
  const [known, unknown] = [await ask('/id'), await ask('/nowhere')]
  console.log(JSON.stringify([known.id === known.body.id, unknown.id === unknown.body.requestId, unknown.body.code]))
  await app.close()
  await spoor.close()
  await logs.close()
}
void main()
`

const programs = ['service.mjs', 'spoor-first.mjs', 'service.cjs']
test.each([11, 12].flatMap((version) => programs.map((program) => [version, program])))(
  'a service on NestJS %i gets ids and answers in one shape (%s)',
  async (version, program) => {
    expect(await project.node(`nest${version}/${program}`)).toBe('[true,true,"not_found"]\n')
  },
)

const typed = `import type { LoggerService } from '@nestjs/common'
import { createSpoor, defineLogs } from 'spoor'
import { SpoorLogger, SpoorModule } from 'spoor/nest'

const logs = defineLogs({ loggers: {} })
const logger: LoggerService = new SpoorLogger(logs.root)
logger.log('started')
SpoorModule.forRoot({ spoor: createSpoor({ service: 'shop', logs }) })
// @ts-expect-error: the types are known
SpoorModule.forRoot({ spoor: 7 })
`

// NestJS 12 has ES modules only, which the declarations of a CommonJS file may name if they say so.
test.each([11, 12])('a service on NestJS %i compiles, in the mode that is strict about modules', async (version) => {
  const cwd = join(project.folder, `nest${version}`)
  await project.write(`nest${version}/typed.ts`, typed)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', ...types, 'typed.ts']
  const { stdout = '' } = await exec(process.execPath, [tsc, ...options], { cwd }).catch((error) => error)
  // The declarations of other packages have mistakes of their own.
  expect(String(stdout).match(/^(?:typed\.ts|node_modules\/spoor\/).*$/gm) ?? []).toEqual([])
})
