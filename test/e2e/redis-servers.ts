// Servers of Redis beyond one alone, on loopback ports: a cluster of three nodes, and a master with a replica under a sentinel.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'

const WAITING = { timeout: 30_000, interval: 20 }

export interface Node {
  readonly port: number
  readonly pid: number
}

/** Answers a command of redis-cli. */
export function ask(port: number, ...command: string[]): string {
  const args = ['-h', '127.0.0.1', '-p', `${port}`, ...command]
  return execFileSync('redis-cli', args, { encoding: 'utf8', timeout: 20_000 }).trim()
}

/** Starts a server that ends with the test. A port in use is tried again with another. */
async function startNode(own: (port: number, dir: string) => readonly string[]): Promise<Node> {
  for (let attempt = 0; ; attempt++) {
    const dir = mkdtempSync(join(tmpdir(), 'spoor-redis-node-'))
    const port = 20_000 + Math.floor(Math.random() * 9_000)
    const child = spawn('redis-server', own(port, dir), { stdio: 'ignore', cwd: dir })
    const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
    onTestFinished(async () => {
      if (isRunning()) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(dir, { recursive: true, force: true })
    })
    await vi.waitFor(() => isRunning() && ask(port, 'ping'), WAITING)
    if (isRunning() || attempt === 3) return { port, pid: child.pid as number }
  }
}

function plain(port: number, dir: string): string[] {
  return ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir, '--save', '']
}

/** Three nodes of a cluster; gives their ports. */
export async function startCluster(): Promise<number[]> {
  const nodes: Node[] = []
  while (nodes.length < 3) nodes.push(await startNode((port, dir) => [...plain(port, dir), '--cluster-enabled', 'yes']))
  const ports = nodes.map(({ port }) => port)
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' })
  await vi.waitFor(() => expect(ask(ports[0] as number, 'cluster', 'info')).toContain('cluster_state:ok'), WAITING)
  return ports
}

export interface WatchedRedis {
  readonly master: Node
  readonly replica: Node
  /** The port of the sentinel, which calls the master `records`. */
  readonly sentinel: number
}

/** A master, its replica, and a sentinel that makes the replica the master when the master is silent for half a second. */
export async function startWatched(): Promise<WatchedRedis> {
  const master = await startNode(plain)
  const replica = await startNode((port, dir) => [...plain(port, dir), '--replicaof', '127.0.0.1', `${master.port}`])
  await vi.waitFor(() => expect(ask(replica.port, 'info', 'replication')).toContain('master_link_status:up'), WAITING)
  const sentinel = await startNode((port, dir) => {
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      `sentinel monitor records 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds records 500',
      'sentinel failover-timeout records 5000',
    ]
    writeFileSync(join(dir, 'sentinel.conf'), `${lines.join('\n')}\n`)
    return [join(dir, 'sentinel.conf'), '--sentinel']
  })
  // It learns of the replica from the master.
  await vi.waitFor(
    () => expect(ask(sentinel.port, 'sentinel', 'replicas', 'records')).toContain(`${replica.port}`),
    WAITING,
  )
  return { master, replica, sentinel: sentinel.port }
}
