import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnBound } from '../database/bound-process.js'
import { atMost } from '../time-limit.js'

export interface OwnRedis {
  /** With its password. */
  url: string
  stop(): Promise<void>
}

/** There is no Redis, in words for the person who starts the service. */
export class NoRedis extends Error {
  override readonly name = 'NoRedis'
}

const READY = 'Ready to accept connections'
const START_MS = 10_000
const STOP_MS = 1_000

/**
 * Starts the `redis-server` of this machine on a free loopback port, with a password and a temporary directory. It keeps
 * nothing on disk, and it ends with this process, however that ends.
 *
 * @throws NoRedis if none is installed, or if it does not start
 */
export async function startOwnRedis(): Promise<OwnRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'publisher-redis-'))
  const port = await freePort()
  const password = randomBytes(18).toString('base64url')
  const settings = join(directory, 'redis.conf')
  const lines = ['bind 127.0.0.1', `port ${port}`, `dir ${directory}`, 'save ""', `requirepass ${password}`]
  // In a file, because every user of the machine can read the arguments of a process.
  writeFileSync(settings, `${lines.join('\n')}\n`, { mode: 0o600 })

  // To standard error, which a bound process keeps.
  const server = spawnBound('/bin/sh', ['-c', 'exec redis-server "$1" >&2', 'sh', settings], undefined)
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    await atMost(
      STOP_MS,
      server.ended.then(() => {}),
    )
    server.kill('SIGKILL')
  }
  await atMost(START_MS, Promise.race([server.said(READY), server.ended.then(() => {})]))
  // It has read its settings, and saves nothing, so it leaves nothing behind, also after SIGKILL.
  rmSync(directory, { recursive: true, force: true })
  if (server.output().includes(READY)) return { url: `redis://:${password}@127.0.0.1:${port}`, stop }
  await stop()
  throw new NoRedis(whyNot(server.output()))
}

function whyNot(output: string): string {
  const isMissing = /redis-server: (?:command )?not found/.test(output)
  const reason = isMissing ? 'no redis-server is installed' : `redis-server did not start: ${output.trim().slice(-300)}`
  return `${reason}. Set REDIS_URL, as in: REDIS_URL=redis://127.0.0.1:6379 npm run start:two`
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
