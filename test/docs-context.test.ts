import { AsyncResource } from 'node:async_hooks'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { createSpoor, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CallbackPool } from './conformance/pools.js'
import { logsIn } from './conformance/service.js'

const page = readFileSync(new URL('../docs/context.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)

describe('docs/context.md', () => {
  test.each(examples.map((code) => [firstLine(code), code]))('prints the documented output: %s', async (_, code) => {
    const wanted = [...code.matchAll(/console\.log\(.*\)+\s*\/\/ (.*)$/gm)].map(([, said]) => said)
    expect(await outputOf(code)).toEqual(wanted)
  })

  test('has an example of each thing it explains', () => {
    for (const name of ['context', 'bind', 'identify', 'run', 'carry', 'runChild'])
      expect(
        examples.some((code) => code.includes(`spoor.${name}(`)),
        name,
      ).toBe(true)
  })
})

/** Runs an example in a service that works for acme, asks every route it adds, and gives what it printed. */
async function outputOf(code: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-docs-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const logs = logsIn(directory)
  const spoor = createSpoor({ service: 'docs', logs })
  const app = express()
  app.use(spoorExpress(spoor, { account: () => ({ account: 'acme' }) }))
  const printed: string[] = []
  const messages: string[] = []
  const workers: ((message: string) => Promise<void>)[] = []
  const pool = await CallbackPool.open()
  await new Promise<void>((ready) => pool.query('connect', () => ready()))
  const outside = new AsyncResource('outside')
  const scope = {
    app,
    spoor,
    logs,
    pool,
    log: logs.get('app'),
    database: { find: async () => {} },
    accounts: new Map(),
    outside: (fn: () => void) => void setImmediate(() => outside.runInAsyncScope(fn)),
    queue: messages,
    worker: (work: (message: string) => Promise<void>) => workers.push(work),
    console: { log: (...values: unknown[]) => printed.push(values.map(String).join(' ')) },
  }
  await run(await withImports(code), scope)
  await askRoutes(app, spoor)
  for (const [at, work] of workers.entries()) await work(messages[at] as string)
  pool.close()
  await logs.close()
  return printed
}

/** Static imports as dynamic ones, since a function has none of the first kind. */
async function withImports(code: string): Promise<string> {
  return code.replace(/^import (\{.*\}) from '(.*)'$/gm, "const $1 = await load('$2')")
}

async function run(code: string, scope: Record<string, unknown>): Promise<void> {
  const load = (name: string): Promise<unknown> => import(/* @vite-ignore */ name)
  const all = { ...scope, load }
  const AsyncFunction = run.constructor as new (...parts: string[]) => (...values: unknown[]) => Promise<void>
  await new AsyncFunction(...Object.keys(all), code)(...Object.values(all))
}

async function askRoutes(app: Express, spoor: Spoor): Promise<void> {
  const stack = (app as unknown as { router: { stack: { route?: { path: string } }[] } }).router.stack
  const paths = stack.flatMap((layer) => layer.route?.path ?? [])
  const server: Server = createServer(app)
  spoor.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  for (const path of paths) expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200)
  server.closeAllConnections()
  server.close()
  await spoor.close()
}

function firstLine(code: string): string {
  return code.split('\n').find((line) => line !== '' && !line.startsWith('import')) ?? ''
}
